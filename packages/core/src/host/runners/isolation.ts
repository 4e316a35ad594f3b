import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** How runners are shut in on this machine, as far as the kernel does it for an ordinary user. */
export interface Isolation {
  /** The command line that stands before a runner's own; it ends by becoming the runner, so the process keeps its id. */
  readonly prefix: readonly string[];
  /** The same for a runner that may reach the network: it gets no namespace. */
  readonly onlinePrefix: readonly string[];
  /** `namespace`: no interface exists for JavaScript or native code. `guard`: JavaScript alone is refused. */
  readonly network: "namespace" | "guard";
  /** `signal`: the kernel ends a runner with its host. `watcher`: a thread of the runner does, while it is not stopped. */
  readonly hostDeath: "signal" | "watcher";
  /** Why the weaker of the two was taken, in the tools' own words. */
  readonly reasons: Readonly<Partial<Record<"network" | "hostDeath", string>>>;
}

export interface IsolationProbe {
  /** Where `unshare` and `setpriv` are looked for; default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: this process's. 0 is the superuser; undefined where the system has no such numbers. */
  readonly uid?: number | undefined;
  /** Whether node starts with more rights than its user has; default: whether this process did. */
  readonly privilegedNode?: boolean;
  /** Milliseconds that each try may take; default 2000. */
  readonly timeoutMs?: number;
}

/** Isolation with nothing of the kernel in it. */
export const guardOnly: Isolation = {
  prefix: [],
  onlinePrefix: [],
  network: "guard",
  hostDeath: "watcher",
  reasons: {},
};

let known: Promise<Isolation> | undefined;

/** What holds on this machine, found out once in the life of this process. */
export function systemIsolation(): Promise<Isolation> {
  known ??= probeIsolation();
  return known;
}

/** Tries what the kernel and its tools allow. Never rejects: what cannot be tried is not there. */
export async function probeIsolation(probe: IsolationProbe = {}): Promise<Isolation> {
  const uid = "uid" in probe ? probe.uid : process.getuid?.();
  const run = (command: readonly string[]): Promise<string | undefined> => failureOf([...command, "true"], probe);
  const privileged = probe.privilegedNode ?? (await hasPrivilegedNode());
  const [network, death] = await Promise.all([
    firstOf(networkCommands(uid), run),
    privileged ? { command: undefined, failure: clearedByNode } : firstOf(deathCommands(uid), run),
  ]);
  const both = [...(network.command ?? []), ...(death.command ?? [])];
  // A runner that outlives its host is worse than one whose native code sees the network: that half stays.
  const clash = network.command && death.command ? await run(both) : undefined;
  const apart = clash === undefined ? network : { command: undefined, failure: `beside setpriv: ${clash}` };
  return {
    prefix: clash === undefined ? both : (death.command ?? []),
    onlinePrefix: death.command ?? [],
    network: apart.command === undefined ? "guard" : "namespace",
    hostDeath: death.command === undefined ? "watcher" : "signal",
    reasons: {
      ...(apart.command === undefined ? { network: apart.failure } : {}),
      ...(death.command === undefined ? { hostDeath: death.failure } : {}),
    },
  };
}

const clearedByNode = "this node has file capabilities, which clear the signal";

/** Whether the kernel started this node as one with file capabilities (`setcap`) or as setuid: AT_SECURE of its auxiliary vector. */
async function hasPrivilegedNode(): Promise<boolean> {
  const vector = await readFile("/proc/self/auxv").catch(() => Buffer.alloc(0));
  for (let at = 0; at + 16 <= vector.length; at += 16)
    if (vector.readBigUInt64LE(at) === 23n) return vector.readBigUInt64LE(at + 8) !== 0n;
  return false;
}

type Command = readonly string[];

/**
 * An empty network namespace: 2.2 ms. The superuser makes one as it is: in a user namespace it could not read the files of
 * others any more. Everybody else needs a user namespace around it, in which they keep their own id, or, where `unshare` is older than
 * 2.34, are shown as 0; files are made and read as the same user in both.
 */
function networkCommands(uid: number | undefined): readonly Command[] {
  if (uid === 0) return [["unshare", "--net", "--"]];
  return [
    ["unshare", "--user", "--map-current-user", "--net", "--"],
    ["unshare", "--user", "--map-root-user", "--net", "--"],
  ];
}

/**
 * The kernel's signal at the death of the parent: 0.8 ms, and 2.9 ms for both tools together. It comes after the namespace, because a change of credentials
 * clears it. No setuid program gives new rights, and the superuser keeps only those that reading and writing files take: with the
 * others it could step back into its host's namespace. The parent is the thread that starts a runner: a zoo in a worker thread
 * takes its runners with it.
 */
function deathCommands(uid: number | undefined): readonly Command[] {
  const signal = ["setpriv", "--pdeathsig", "KILL"];
  if (uid !== 0) return [[...signal, "--no-new-privs", "--"]];
  const kept = ["chown", "dac_override", "fowner", "fsetid", "ipc_lock", "sys_nice"].map((name) => `+${name}`);
  const rights = ["--inh-caps=-all", `--bounding-set=${["-all", ...kept].join(",")}`];
  return [
    [...signal, "--no-new-privs", ...rights, "--"],
    [...signal, "--no-new-privs", "--"],
  ];
}

async function firstOf(
  commands: readonly Command[],
  run: (command: Command) => Promise<string | undefined>,
): Promise<{ readonly command?: Command; readonly failure: string }> {
  let failure = "";
  for (const command of commands) {
    const failed = await run(command);
    if (failed === undefined) return { command, failure: "" };
    failure ||= failed;
  }
  return { failure };
}

/** Why a command does not work here; undefined if it does. */
async function failureOf([file = "", ...args]: Command, probe: IsolationProbe): Promise<string | undefined> {
  const { env = process.env, timeoutMs = 2000 } = probe;
  try {
    await promisify(execFile)(file, args, { env, timeout: timeoutMs, killSignal: "SIGKILL", windowsHide: true });
    return undefined;
  } catch (error) {
    const { code, killed, stderr, message } = error as Error & { code?: unknown; killed?: boolean; stderr?: string };
    if (code === "ENOENT") return `${file} is not installed`;
    if (killed) return `${file} did not end within ${timeoutMs} ms`;
    return stderr?.trim().split("\n")[0] || message;
  }
}
