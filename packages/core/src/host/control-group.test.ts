import { describe, expect, test } from "vitest";
import { coreLimit, memoryLimit, oomKills, type ReadText } from "./control-group.ts";

const mib = 2 ** 20;
const unlimitedV1 = "9223372036854771712\n";

/** A machine whose kernel shows these files. */
function machine(cgroup: string, mountinfo: string, files: Record<string, string>): ReadText {
  const all: Record<string, string> = { ...files, "/proc/self/cgroup": cgroup, "/proc/self/mountinfo": mountinfo };
  return (file) => all[file];
}

const unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

describe("the limits of a process's control group", () => {
  test("are seen in a systemd service below a slice, the least of all levels", async () => {
    const read = machine("0::/apps.slice/zoo.service\n", unified, {
      "/sys/fs/cgroup/apps.slice/memory.max": `${900 * mib}\n`,
      "/sys/fs/cgroup/apps.slice/memory.high": "max\n",
      "/sys/fs/cgroup/apps.slice/zoo.service/memory.max": "max\n",
      "/sys/fs/cgroup/apps.slice/zoo.service/memory.high": `${600 * mib}\n`,
      "/sys/fs/cgroup/apps.slice/zoo.service/memory.events": "low 0\nhigh 12\nmax 3\noom 2\noom_kill 2\n",
      "/sys/fs/cgroup/apps.slice/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/apps.slice/zoo.service/cpu.max": "250000 100000\n",
    });
    expect([memoryLimit(read), coreLimit(read), await oomKills(read)]).toEqual([600 * mib, 3, 2]);
  });

  test("are seen in a job of Slurm, on version 1 with controllers that share a mount", async () => {
    const memory = "/sys/fs/cgroup/memory/slurm/uid_1000";
    const read = machine(
      "11:memory:/slurm/uid_1000/job_7/step_0/task_0\n4:cpu,cpuacct:/slurm/uid_1000/job_7\n1:name=systemd:/user.slice\n",
      "35 25 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n36 25 0:31 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n",
      {
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": unlimitedV1,
        [`${memory}/job_7/memory.limit_in_bytes`]: `${4000 * mib}\n`,
        [`${memory}/job_7/step_0/memory.limit_in_bytes`]: unlimitedV1,
        [`${memory}/job_7/step_0/memory.oom_control`]: "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
        "/sys/fs/cgroup/cpu,cpuacct/slurm/uid_1000/job_7/cpu.cfs_quota_us": "400000\n",
        "/sys/fs/cgroup/cpu,cpuacct/slurm/uid_1000/job_7/cpu.cfs_period_us": "100000\n",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      },
    );
    expect([memoryLimit(read), coreLimit(read), await oomKills(read)]).toEqual([4000 * mib, 4, 1]);
  });

  test("are seen in Docker with a control group namespace of its own", async () => {
    const read = machine("0::/\n", "512 501 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n", {
      "/sys/fs/cgroup/memory.max": `${512 * mib}\n`,
      "/sys/fs/cgroup/memory.events": "oom_kill 0\n",
      "/sys/fs/cgroup/cpu.max": "50000 100000\n",
    });
    expect([memoryLimit(read), coreLimit(read), await oomKills(read)]).toEqual([512 * mib, 1, 0]);
  });

  test("are seen in Docker on version 1, where the mount begins at the container's group", () => {
    const read = machine(
      "4:memory:/docker/ab12/inner\n",
      "700 690 0:30 /docker/ab12 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
      {
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": `${256 * mib}\n`,
        "/sys/fs/cgroup/memory/inner/memory.limit_in_bytes": unlimitedV1,
      },
    );
    expect(memoryLimit(read)).toBe(256 * mib);
  });

  test("are seen in a nested Podman, whose mount hides another and lies elsewhere", () => {
    const read = machine(
      "0::/user.slice/podman 1/ctr\n",
      `${unified}88 30 0:40 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n90 88 0:26 /user.slice/podman\\0401 /run/my\\040groups rw - cgroup2 cgroup2 rw\n`,
      {
        "/sys/fs/cgroup/user.slice/podman 1/memory.max": `${1 * mib}\n`,
        "/run/my groups/memory.max": `${300 * mib}\n`,
        "/run/my groups/ctr/memory.max": `${400 * mib}\n`,
      },
    );
    expect(memoryLimit(read)).toBe(300 * mib);
  });

  test("are seen on a hybrid system, whose memory is counted by version 1", () => {
    const read = machine(
      "4:memory:/job/7\n0::/\n",
      "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
      { "/sys/fs/cgroup/memory/job/memory.limit_in_bytes": `${700 * mib}\n` },
    );
    expect(memoryLimit(read)).toBe(700 * mib);
  });

  test("include what a namespace hides, where version 1 tells of it", () => {
    const read = machine("4:memory:/\n", "35 31 0:32 /.. /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n", {
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": unlimitedV1,
      "/sys/fs/cgroup/memory/memory.stat": `cache 0\nhierarchical_memory_limit ${128 * mib}\n`,
    });
    expect(memoryLimit(read)).toBe(128 * mib);
  });

  test("are none where the system has no control groups, or none with a limit", async () => {
    const none = machine("", "", {});
    expect([memoryLimit(none), coreLimit(none), await oomKills(none)]).toEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      undefined,
    ]);
    const open = machine("0::/\n", unified, { "/sys/fs/cgroup/cpu.max": "max 100000\n" });
    expect([memoryLimit(open), coreLimit(open)]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  test("can be read on this machine", async () => {
    expect(memoryLimit()).toBeGreaterThan(0);
    expect(coreLimit()).toBeGreaterThanOrEqual(1);
    expect([undefined, 0]).toContainEqual(
      ((kills) => (kills === undefined ? undefined : Math.min(kills, 0)))(await oomKills()),
    );
  });
});
