import type { AdoptedCheckpoint } from "../adopt/adopt.ts";
import type { AdoptChoices } from "../adopt/adopt-choices.ts";
import type { Device } from "../contract/device.ts";
import type { EngineNeeds } from "../contract/engine-manifest.ts";
import type { SerialisedModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { EngineRecipe } from "../contract/recipe.ts";
import type { VerifiedFiles } from "../files/artifact-store.ts";
import type { NeededForms } from "../loader/prepared-form.ts";
import type { TaskDocument } from "../tasks/task-document.ts";

/** A package that a runner imports: found by the host, which only reads its manifest. */
export interface ModuleReference {
  /** npm name, or that of a plugin that is given in code. */
  readonly name: string;
  readonly version: string;
  /** Absolute path of the file that the package's `exports` give; of what is given in code, a word that nothing else has. */
  readonly entry: string;
  /** What the module would export as its default, where an application gave that itself. It stays in this process. */
  readonly given?: unknown;
}

/** An engine's package. */
export interface EngineReference extends ModuleReference {
  /** What it opens, as its package.json says; undefined where that was not read. */
  readonly opens?: string | undefined;
}

/** All that a runner needs to load one model. Plain data, since it crosses a process boundary, unless a module is `given`. */
export interface LoadRequest {
  readonly spec: ModelSpec;
  readonly device: Device;
  /** Absolute folder that the spec's artifact paths are relative to. */
  readonly artifactsRoot: string;
  readonly plugin: ModuleReference;
  readonly engines: readonly EngineReference[];
  /** Those of the spec's tasks that this package does not have itself. */
  readonly tasks?: readonly TaskDocument[];
  /** What the spec's engine declares that its runner must be allowed; everything else is denied. */
  readonly needs?: EngineNeeds | undefined;
  /** Threads that one run may use. */
  readonly threads: number;
  /** Digests computed by earlier loads. */
  readonly verified: VerifiedFiles;
  /** Soft cap on the bytes of main memory that the load and its runs may add; default: no cap. */
  readonly memoryLimitBytes?: number;
  /** The same for a process that makes prepared forms, which takes more than a load; default: that of the load. */
  readonly preparingLimitBytes?: number;
}

export interface AdoptRequest {
  readonly plugin: ModuleReference;
  readonly engines: readonly EngineReference[];
  /** Model of the family that the folder is said to belong to. */
  readonly like: ModelSpec;
  readonly folder: string;
  readonly choices: AdoptChoices;
}

/** A folder read as one family, or why it is none of it. */
export type AdoptOutcome = { readonly adopted: AdoptedCheckpoint } | { readonly refused: SerialisedModelError };

/** What a runner says of a model before any code of its plugin is imported. */
export interface FormsNeeded {
  readonly forms: NeededForms;
  /** Digests of the spec's artifacts, known or computed now. */
  readonly verified: VerifiedFiles;
}

/** What a runner says once its model is ready. */
export interface LoadReport {
  readonly tasks: readonly string[];
  /** Version by name of each engine, and of Node. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the engine of the model's graphs says of how it runs them, by its name; nothing for a model without graphs. */
  readonly engineRecipes?: Readonly<Record<string, EngineRecipe>>;
  readonly verified: VerifiedFiles;
  /** Milliseconds of each stage, in order. */
  readonly stagesMs: Readonly<Partial<Record<LoadStage, number>>>;
}

export type LoadStage = "start" | "verify" | "prepare" | "open" | "self_test";

export interface RunOptions {
  /**
   * Fires when nobody waits for the answer any more, and reaches the loader's own signal. The promise stays open until the
   * work is over: only then may the next call take its place.
   */
  readonly signal?: AbortSignal;
  /** Takes the parts of the answer, in order, before the answer; what it returns says when the next may come. */
  readonly onPart?: (part: unknown) => unknown;
}

export interface RunResult {
  readonly output: unknown;
  /** Milliseconds in the loader's task method. */
  readonly runMs: number;
}

/** Main memory of a runner. */
export interface RunnerMemory {
  readonly bytes: number;
  /** `pss`: pages that others map too are counted by share. `rss`: they are counted whole, once for each who maps them. */
  readonly by: "pss" | "rss";
  /** The most since the reading before; of the first reading, since the process began. */
  readonly peakBytes: number;
  /** `kernel`: no moment is missed. `readings`: what lies between two readings is not seen. `process`: since the process began. */
  readonly peakBy: "kernel" | "readings" | "process";
}

export interface RunnerEnd {
  /** True when the end was asked for. */
  readonly expected: boolean;
  /** What happened, as the end of a sentence that begins with the runner. */
  readonly reason: string;
  /**
   * Who ended it: itself (an exit, a fault of native code, a frame that is none), somebody outside (a signal that the host
   * did not send), or the host (it was asked to, or the runner was lost to it). Default: itself.
   */
  readonly cause?: "itself" | "outside" | "host";
}

/**
 * One loaded model, wherever it runs. Takes as many calls at a time as it is given: whose turn it is, how long it is
 * waited for and what happens after a crash is decided above.
 */
export interface Runner {
  /** Process id; undefined for an inline runner. */
  readonly pid: number | undefined;
  readonly report: LoadReport;
  /** What its loader opened, where it runs in this process. */
  readonly opened?: unknown;
  /** @throws the loader's ModelError; `runner_crashed` with the exit's details when the runner ends under the call */
  run(task: string, input: unknown, options?: RunOptions): Promise<RunResult>;
  /** Resident bytes that this model costs (proportional share of shared pages); undefined where unmeasurable. */
  memoryBytes(): Promise<number | undefined>;
  /** The same, and the most that it cost since it was asked last. Where left out, `memoryBytes` has to do. */
  memory?(): Promise<RunnerMemory | undefined>;
  /**
   * Lets it add no more main memory than so many bytes to what it started with; resolves with false where nothing can hold it
   * to that. Where left out, it is not held to anything.
   */
  limitMemory?(bytes: number): Promise<boolean>;
  /** Unloads and ends; resolves when the process is gone and its memory with it. Idempotent. */
  stop(): Promise<void>;
  /** Ends it at once, whatever it is doing. Where left out, `stop` has to do. @param reason as in RunnerEnd */
  kill?(reason: string): void;
  /** Resolves when the runner is no more, for whatever reason. */
  readonly ended: Promise<RunnerEnd>;
}

export interface LoadOptions {
  /** Fires when the load is given up: nothing of it may stay. The load then rejects, with the signal's reason. */
  readonly signal: AbortSignal;
  onStage?(stage: LoadStage): void;
}

export interface GroupLoadOptions extends Pick<LoadOptions, "signal"> {
  onStage?(stage: LoadStage, model: string): void;
}

/**
 * Where runners come from. Has the forms made that a load lacks, by something that answers no requests. Limits of time are
 * not its affair: whoever asks gives up by the signal.
 */
export interface RunnerPool extends AsyncDisposable {
  load(request: LoadRequest, options: LoadOptions): Promise<Runner>;
  /**
   * Loads several models into one runner, which is granted what each of them needs alike. All of their artifacts are verified
   * before code of any plugin is imported. What one fails with is about that model (`ModelError.model`), and nothing of the
   * others stays. Default: this pool has no groups.
   * @returns a runner for each, in order, that end together: to stop or end one is to end all
   */
  loadGroup?(requests: readonly LoadRequest[], options: GroupLoadOptions): Promise<readonly Runner[]>;
  /** So many loads are about to come that have not begun: what can be done for them beforehand may be done now. */
  expect?(loads: number): void;
  /** Reads a folder as each of these families, in one process. What one alone refuses is thrown. */
  adopt(requests: readonly AdoptRequest[], options: Pick<LoadOptions, "signal">): Promise<readonly AdoptOutcome[]>;
}
