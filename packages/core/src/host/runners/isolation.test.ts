import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { guardOnly, type Isolation, type IsolationProbe, probeIsolation } from "./isolation.ts";
import { runnerLaunch } from "./recipe.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-tools-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A tool that runs what follows `--`, as the real ones do; `first` is what it does before. */
const tool = (first = ""): string => `#!/bin/sh
${first}
while [ "$1" != "--" ]; do shift; done
shift
exec "$@"
`;
const denied = `echo "unshare: unshare failed: Operation not permitted" >&2; exit 1`;

/** What a machine gives on which the tools behave like these scripts. */
async function probeWith(tools: Record<string, string>, options: Omit<IsolationProbe, "env"> = {}) {
  const bin = await mkdtemp(join(folder, "bin-"));
  await mkdir(bin, { recursive: true });
  for (const [name, script] of Object.entries({ true: "#!/bin/sh\n", ...tools })) {
    await writeFile(join(bin, name), script);
    await chmod(join(bin, name), 0o755);
  }
  return probeIsolation({ env: { PATH: bin }, uid: 1000, ...options });
}

const both = { unshare: tool(), setpriv: tool() };

describe("what the kernel's tools give is found by trying them", () => {
  test("a namespace first and the signal behind it, because a change of credentials clears the signal", async () => {
    expect(await probeWith(both)).toEqual({
      prefix: [
        "unshare",
        "--user",
        "--map-current-user",
        "--net",
        "--",
        "setpriv",
        "--pdeathsig",
        "KILL",
        "--no-new-privs",
        "--",
      ],
      onlinePrefix: ["setpriv", "--pdeathsig", "KILL", "--no-new-privs", "--"],
      network: "namespace",
      hostDeath: "signal",
      reasons: {},
    });
  });

  test("the superuser gets no user namespace, in which it could not read others' files, and keeps no right but to files", async () => {
    const { prefix } = await probeWith(both, { uid: 0 });
    expect(prefix.slice(0, 4)).toEqual(["unshare", "--net", "--", "setpriv"]);
    const rights = prefix.find((argument) => argument.startsWith("--bounding-set=")) ?? "";
    expect(rights).toMatch(/^--bounding-set=-all,.*\+dac_override/);
    expect(rights).not.toMatch(/\+(sys_admin|sys_ptrace|net_)/);
  });

  test("an unshare that knows no --map-current-user maps to the superuser's number", async () => {
    const old = tool('case "$*" in *--map-current-user*) echo "unshare: unrecognized option" >&2; exit 1;; esac');
    const { prefix, network } = await probeWith({ ...both, unshare: old });
    expect([network, prefix[2]]).toEqual(["namespace", "--map-root-user"]);
  });

  test("namespaces that are not allowed leave the signal, and the tool's own words", async () => {
    const isolation = await probeWith({ ...both, unshare: tool(denied) });
    expect(isolation).toMatchObject({ network: "guard", hostDeath: "signal" });
    expect(isolation.prefix[0]).toBe("setpriv");
    expect(isolation.reasons).toEqual({ network: "unshare: unshare failed: Operation not permitted" });
  });

  test("a setpriv without --pdeathsig leaves the namespace, and a watcher", async () => {
    const isolation = await probeWith({ ...both, setpriv: tool("exit 1") });
    expect(isolation).toMatchObject({ network: "namespace", hostDeath: "watcher" });
    expect(isolation.prefix.at(-2)).toBe("--net");
  });

  test("tools that do not work together leave the signal", async () => {
    const alone = tool('case "$*" in *setpriv*) exit 1;; esac');
    expect(await probeWith({ ...both, unshare: alone })).toMatchObject({ network: "guard", hostDeath: "signal" });
  });

  test("a node with capabilities of its own, which clear the signal, leaves the namespace and a watcher", async () => {
    const isolation = await probeWith(both, { privilegedNode: true });
    expect(isolation).toMatchObject({ network: "namespace", hostDeath: "watcher" });
    expect(isolation.prefix).not.toContain("setpriv");
    expect(isolation.reasons.hostDeath).toMatch(/file capabilities/);
  });

  test("no tools leave the guard and a watcher", async () => {
    expect(await probeWith({})).toEqual({
      ...guardOnly,
      reasons: { network: "unshare is not installed", hostDeath: "setpriv is not installed" },
    });
  });

  test("a tool that hangs holds nobody up", async () => {
    const started = performance.now();
    const hanging = tool("exec sleep 20");
    const bin = { unshare: hanging, setpriv: hanging, sleep: '#!/bin/sh\nexec /bin/sleep "$@"\n' };
    const isolation = await probeWith(bin, { timeoutMs: 300 });
    expect(isolation).toMatchObject({ network: "guard", hostDeath: "watcher" });
    expect(isolation.reasons.hostDeath).toBe("setpriv did not end within 300 ms");
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe("the command line of a runner", () => {
  test("is node's own where nothing is known to work, with a watcher", async () => {
    const { file, args } = await runnerLaunch({ isolation: guardOnly });
    expect(file).toBe(process.execPath);
    expect(args).toContain("--allow-worker");
    expect(args.at(-1)).toBe(`--watch-host=${process.pid}`);
  });

  test("stands behind the tools that shut it in, and allows no thread", async () => {
    const isolation: Isolation = {
      ...guardOnly,
      prefix: ["setpriv", "--pdeathsig", "KILL", "--"],
      hostDeath: "signal",
    };
    const { file, args } = await runnerLaunch({ isolation });
    expect([file, ...args.slice(0, 4)]).toEqual([...isolation.prefix, process.execPath]);
    expect(args).not.toContain("--allow-worker");
    expect(args.at(-1)).toMatch(/main\.[tj]s$/);
    expect(args).toContain("--disable-sigusr1");
  });
});

test.runIf(process.platform === "linux")(
  "the tools of this machine keep the process's number and empty its network",
  async () => {
    const isolation = await probeIsolation();
    if (isolation.network === "guard") return;
    const { spawnSync } = await import("node:child_process");
    const [file = "", ...args] = isolation.prefix;
    const { stdout, pid } = spawnSync(file, [...args, "sh", "-c", "echo $$; cat /proc/self/net/dev"], {
      encoding: "utf8",
    });
    const [own, , , ...interfaces] = stdout.trim().split("\n");
    expect(Number(own)).toBe(pid);
    expect(interfaces.map((line) => line.trim().split(":")[0])).toEqual(["lo"]);
    expect(readFileSync("/proc/self/net/dev", "utf8")).not.toBe("");
  },
);
