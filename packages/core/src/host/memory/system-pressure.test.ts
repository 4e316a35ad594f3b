import { describe, expect, test } from "vitest";
import type { ReadText } from "../control-group.ts";
import { SystemPressure } from "./system-pressure.ts";

const unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
const group = "/sys/fs/cgroup/zoo";

/** A machine whose kernel shows these files, which may change. */
function machine(files: Record<string, string>) {
  const read: ReadText = (file) => files[file];
  const pressure = new SystemPressure(read);
  return { files, level: () => pressure.read().cpu };
}

/** In a control group of version 2 with a limit of 1000 bytes, so much of it in use. */
function contained(used: number, unused = 0) {
  const running = machine({
    "/proc/self/cgroup": "0::/zoo\n",
    "/proc/self/mountinfo": unified,
    [`${group}/memory.max`]: "1000\n",
    [`${group}/memory.high`]: "max\n",
    [`${group}/memory.events`]: "low 0\nhigh 4\nmax 0\n",
  });
  const use = (bytes: number, files: number): void => {
    running.files[`${group}/memory.current`] = `${bytes}\n`;
    running.files[`${group}/memory.stat`] = `anon 5\ninactive_file ${files}\nactive_file 7\n`;
  };
  use(used, unused);
  return { ...running, use };
}

describe("a container", () => {
  test("is short of memory from 85 % of its limit and very short from 95 %, until it is well below", () => {
    const { level, use } = contained(840);
    const seen = [840, 855, 830, 810, 960, 930, 915, 815].map((bytes) => {
      use(bytes, 0);
      return level();
    });
    expect(seen).toEqual(["none", "soft", "soft", "none", "hard", "hard", "soft", "none"]);
  });

  test("is not short for files that nobody has used for a while", () => {
    expect(contained(990, 400).level()).toBe("none");
    expect(contained(990, 100).level()).toBe("soft");
  });

  test("is very short while the kernel slows it down, and not for what was before anybody looked", () => {
    const { files, level } = contained(100);
    expect(level()).toBe("none");
    files[`${group}/memory.events`] = "low 0\nhigh 9\nmax 0\n";
    expect(level()).toBe("hard");
    expect(level()).toBe("none");
  });

  test("is short when its tasks wait for memory, those of others aside", () => {
    const { files, level } = contained(100);
    files["/proc/pressure/memory"] =
      "some avg10=90.00 avg60=0 avg300=0 total=1\nfull avg10=80.00 avg60=0 avg300=0 total=1\n";
    files[`${group}/memory.pressure`] =
      "some avg10=25.00 avg60=0 avg300=0 total=1\nfull avg10=2.00 avg60=0 avg300=0 total=1\n";
    expect(level()).toBe("soft");
    files[`${group}/memory.pressure`] =
      "some avg10=25.00 avg60=0 avg300=0 total=1\nfull avg10=12.50 avg60=0 avg300=0 total=1\n";
    expect(level()).toBe("hard");
  });

  test("of version 1 is short by its own limit", () => {
    const memory = "/sys/fs/cgroup/memory/job";
    const { level } = machine({
      "/proc/self/cgroup": "4:memory:/job\n",
      "/proc/self/mountinfo": "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "/sys/fs/cgroup/memory/memory.usage_in_bytes": "900\n",
      [`${memory}/memory.limit_in_bytes`]: "1000\n",
      [`${memory}/memory.usage_in_bytes`]: "980\n",
      [`${memory}/memory.stat`]: "inactive_file 1\ntotal_inactive_file 10\n",
    });
    expect(level()).toBe("hard");
  });
});

describe("a machine", () => {
  test("is short by what it has left, and by tasks that wait", () => {
    const { files, level } = machine({ "/proc/meminfo": "MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 500 kB\n" });
    expect(level()).toBe("none");
    files["/proc/meminfo"] = "MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 120 kB\n";
    expect(level()).toBe("soft");
    files["/proc/meminfo"] = "MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 500 kB\n";
    files["/proc/pressure/memory"] =
      "some avg10=40.00 avg60=0 avg300=0 total=1\nfull avg10=30.00 avg60=0 avg300=0 total=1\n";
    expect(level()).toBe("hard");
  });

  test("that says nothing of it is never short", () => {
    expect(machine({}).level()).toBe("none");
  });

  test("can be asked here", () => {
    expect(["none", "soft", "hard"]).toContain(new SystemPressure().read().cpu);
  });
});
