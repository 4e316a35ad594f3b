import { fileURLToPath } from "node:url";
import threads, { type WorkerOptions } from "node:worker_threads";
import { type Grants, threadGrants } from "./grants.ts";
import { append, apply, construct, dictionary, isArray, lowerCased, matched, objectPrototype } from "./intrinsics.ts";
import { seal } from "./seal.ts";

/**
 * Lets threads be started, each of which closes the same doors before it runs anything: a thread has modules of its own.
 * The class itself is nowhere to be had any more. A thread has a copy of the environment, `SHARE_ENV` or not: from a shared
 * one its Node would read, whenever another thread likes, what to run before the guard.
 */
export function guardThreads(grants: Grants): void {
  const { Worker } = threads;
  const guard = threadGuard();
  const condition = guard.endsWith(".ts") ? "--conditions=menagerie-source" : undefined;
  const granted = JSON.stringify(grants);
  function GuardedWorker(this: unknown, file: string | URL, options: WorkerOptions = {}): unknown {
    // An `--import` is not waited for by a thread that evaluates a text; what is required is.
    const execArgv = condition === undefined ? ["--require", guard] : [condition, "--require", guard];
    appendTexts(execArgv, options.execArgv);
    const argv: string[] = [];
    appendTexts(argv, options.argv);
    const place = placeOf(file);
    const env = environment(options.env, granted);
    // Inherits nothing, and names no object, so that no code runs between what is looked at here and what Node takes.
    const given = { __proto__: null, ...options, ...place.options, argv, env, execArgv };
    return construct(Worker, [place.code, given], (new.target ?? GuardedWorker) as never) as unknown;
  }
  Object.defineProperty(GuardedWorker, "prototype", { value: Worker.prototype });
  seal(Worker.prototype, "constructor", GuardedWorker);
  seal(threads, "Worker", GuardedWorker);
}

/** What Node would run, or take for the guard's own code, before the guard has closed anything. */
const preloads = ["node_options", "node_compile_cache"] as const;

/** The environment of a thread: what it was given, else the process's, and its grants. */
function environment(given: WorkerOptions["env"], granted: string): Record<string, string> {
  const from = (typeof given === "object" && given !== null ? given : process.env) as Record<string, unknown>;
  const env = dictionary<string>();
  for (const name in from) {
    const lower = lowerCased(name);
    // Node copies it into an object, where a setter of that name could add what was left out here.
    if (lower === preloads[0] || lower === preloads[1] || name in objectPrototype) continue;
    if (apply(hasOwn, from, [name]) && from[name] !== undefined) env[name] = `${from[name]}`;
  }
  env[threadGrants] = granted;
  return env;
}

const { hasOwnProperty: hasOwn } = Object.prototype;

/** A URL as a path, or as code that imports it: its getters are anybody's. */
function placeOf(file: unknown): { readonly code: unknown; readonly options?: WorkerOptions } {
  if (typeof file !== "object" || file === null) return { code: file };
  const url = `${file}`;
  if (matched(/^file:/i, url) !== null) return { code: pathOfUrl(url) };
  return matched(/^data:/i, url) === null ? { code: url } : { code: `import(${textOf(url)})`, options: { eval: true } };
}

// A named import from Node changes when syncBuiltinESMExports is called, so its value is kept here.
const pathOfUrl = fileURLToPath;
const textOf = JSON.stringify;

function appendTexts(texts: string[], more: readonly unknown[] | undefined): void {
  if (!isArray(more)) return;
  for (let i = 0; i < more.length; i++) append(texts, `${more[i]}`);
}

/** The module that a thread begins with: beside this one in source, beside the bundle in the built package. */
function threadGuard(): string {
  const here = import.meta.url;
  return fileURLToPath(
    here.endsWith(".ts") ? new URL("./thread-guard.ts", here) : import.meta.resolve("@menagerie/core/runner-thread"),
  );
}
