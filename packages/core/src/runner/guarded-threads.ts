import { fileURLToPath } from "node:url";
import threads, { type WorkerOptions } from "node:worker_threads";
import { type Grants, threadGrants } from "./grants.ts";
import { seal } from "./seal.ts";

/**
 * Lets threads be started, each of which closes the same doors before it runs anything: a thread has modules of its own.
 * The class itself is nowhere to be had any more.
 */
export function guardThreads(grants: Grants): void {
  const { Worker, setEnvironmentData } = threads;
  const guard = threadGuard();
  // An `--import` is not waited for by a thread that evaluates a text; what is required is.
  const flags = [...(guard.endsWith(".ts") ? ["--conditions=menagerie-source"] : []), "--require", guard];
  function GuardedWorker(this: unknown, file: string | URL, options: WorkerOptions = {}): unknown {
    const execArgv = [...flags, ...(options.execArgv ?? [])];
    // Told anew each time: code of this thread may have said something else.
    setEnvironmentData(threadGrants, grants as Record<string, never>);
    const given = { ...options, ...withoutPreloads(options.env), execArgv };
    return Reflect.construct(Worker, [file, given], (new.target ?? GuardedWorker) as never);
  }
  Object.defineProperty(GuardedWorker, "prototype", { value: Worker.prototype });
  seal(Worker.prototype, "constructor", GuardedWorker);
  seal(threads, "Worker", GuardedWorker);
}

/** What an environment of its own would have the thread run before the guard. */
function withoutPreloads(env: WorkerOptions["env"]): Pick<WorkerOptions, "env"> {
  return typeof env === "object" ? { env: { ...env, NODE_OPTIONS: undefined } } : {};
}

/** The module that a thread begins with: beside this one in source, beside the bundle in the built package. */
function threadGuard(): string {
  const here = import.meta.url;
  return fileURLToPath(
    here.endsWith(".ts") ? new URL("./thread-guard.ts", here) : import.meta.resolve("@menagerie/core/runner-thread"),
  );
}
