import { fileURLToPath } from "node:url";
import type { EngineNeeds } from "../../contract/engine-manifest.ts";
import { grantsArguments } from "../../runner/grants.ts";
import { watchHostFlag } from "../../runner/protocol.ts";
import { type Isolation, systemIsolation } from "./isolation.ts";

/**
 * How a runner process is started. Each line earns its place; the figures were measured with onnxruntime-node 1.30 on
 * Node 20 to 26, ResNet-18 (46.7 MB) unless another model is named.
 */

/** Environment that a runner inherits; beyond it only what its engine declares, so that no secret of the service reaches a plugin. */
const inherited = [
  "PATH",
  "HOME",
  "LANG",
  "LC_ALL",
  "TZ",
  "TMPDIR",
  "LD_LIBRARY_PATH",
  "CUDA_VISIBLE_DEVICES",
  "CUDA_PATH",
  "SystemRoot",
  "NODE_ENV",
];

const set: Readonly<Record<string, string>> = {
  // glibc's threshold grows with each large free, and freed weights then stay in the heap: of a released session 0 %
  // comes back by default, 94 % with a fixed threshold. Flat after 200 cycles (+4 MB against +153 MB), runs cost the same.
  MALLOC_MMAP_THRESHOLD_: "131072",
  // The engine's native code would report home, which no guard in JavaScript sees.
  ORT_DISABLE_TELEMETRY: "1",
  HF_HUB_OFFLINE: "1",
  TRANSFORMERS_OFFLINE: "1",
};

/** What a runner is started with. */
export interface RunnerLaunch {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface RunnerLaunchOptions {
  /** The one folder that a process which makes prepared forms may write to; it exists. Default: none. */
  readonly writable?: string;
  /** Default: what this machine allows. */
  readonly isolation?: Isolation;
  /** What the model's engine declares that its runner must be allowed; default: nothing. */
  readonly needs?: EngineNeeds | undefined;
}

/** The command line of a runner, shut in as far as this machine allows. */
export async function runnerLaunch(options: RunnerLaunchOptions = {}): Promise<RunnerLaunch> {
  const isolation = options.isolation ?? (await systemIsolation());
  const entry = runnerEntry();
  const watched = isolation.hostDeath === "watcher";
  const { needs = {} } = options;
  const [file = process.execPath, ...args] = [
    ...(needs.network === undefined ? isolation.prefix : isolation.onlinePrefix),
    process.execPath,
    ...runnerFlags(entry, options.writable),
    ...(needs.child_process === true ? ["--allow-child-process"] : []),
    ...(watched || needs.threads === true ? ["--allow-worker"] : []),
    // From Node 25 on the permission model covers the network; which hosts, the guard in the runner says.
    ...(needs.network !== undefined && process.allowedNodeEnvironmentFlags.has("--allow-net") ? ["--allow-net"] : []),
    entry,
    ...(watched ? [`${watchHostFlag}${process.pid}`] : []),
    ...grantsArguments(needs),
  ];
  return { file, args, env: runnerEnvironment(process.env, needs.environment) };
}

/** @param granted names of further variables */
export function runnerEnvironment(
  env: NodeJS.ProcessEnv = process.env,
  granted: readonly string[] = [],
): Record<string, string> {
  const kept = [...inherited, ...granted]
    .map((name) => [name, env[name]] as const)
    .filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(kept), ...set };
}

/**
 * Node's flags. The permission model is a second line, not a sandbox: native code, which every engine is, passes it by.
 * Reading stays allowed everywhere, because a spare process is started before it is known whose artifacts it will read
 * and every artifact is verified by digest anyway. Nothing may be written by a process that answers.
 * @param writable the one folder that a process which makes prepared forms may write to
 */
export function runnerFlags(entry: string, writable?: string): string[] {
  const source = entry.endsWith(".ts") ? ["--conditions=menagerie-source"] : [];
  return [
    ...source,
    "--permission",
    // A signal that anybody may send would open a debugger's port.
    "--disable-sigusr1",
    "--allow-addons",
    "--allow-fs-read=*",
    ...(writable === undefined ? [] : [`--allow-fs-write=${writable}`]),
    "--disable-warning=SecurityWarning",
    "--disable-warning=ExperimentalWarning",
  ];
}

/** The file that a runner process runs: beside this one in source, beside the bundle in the built package. */
export function runnerEntry(): string {
  const here = import.meta.url;
  return fileURLToPath(
    here.endsWith(".ts") ? new URL("../../runner/main.ts", here) : import.meta.resolve("@menagerie/core/runner"),
  );
}
