import type { AdoptedCheckpoint } from "../adopt.ts";
import type { VerifiedFiles } from "../artifact-store.ts";
import type { Device } from "../device.ts";
import type { ModelSpec, Precision } from "../model-spec.ts";
import type { NeededForms } from "../prepared-form.ts";
import type { TaskName } from "../tasks/vocabulary.ts";

/** A package that a runner imports: found by the host, which only reads its manifest. */
export interface ModuleReference {
  /** npm name. */
  readonly name: string;
  readonly version: string;
  /** Absolute path of the file that the package's `exports` give. */
  readonly entry: string;
}

/** All that a runner needs to load one model. Plain data: it crosses a process boundary. */
export interface LoadRequest {
  readonly spec: ModelSpec;
  readonly device: Device;
  /** Absolute folder that the spec's artifact paths are relative to. */
  readonly artifactsRoot: string;
  readonly plugin: ModuleReference;
  readonly engines: readonly ModuleReference[];
  /** Threads that one run may use. */
  readonly threads: number;
  /** Digests computed by earlier loads. */
  readonly verified: VerifiedFiles;
  /** Soft cap on the bytes of main memory that the load and its runs may add; no cap where left out. */
  readonly memoryLimitBytes?: number;
}

export interface AdoptRequest {
  readonly plugin: ModuleReference;
  readonly engines: readonly ModuleReference[];
  /** Model of the family that the folder is said to belong to. */
  readonly like: ModelSpec;
  readonly folder: string;
  /** Of the graphs; the most exact there is where left out. */
  readonly precision?: Precision;
}

/** What a runner says of a model before any code of its plugin is imported. */
export interface FormsNeeded {
  readonly forms: NeededForms;
  /** Digests of the spec's artifacts, known or computed now. */
  readonly verified: VerifiedFiles;
}

/** What a runner says once its model is ready. */
export interface LoadReport {
  readonly tasks: readonly TaskName[];
  /** Version by name of each engine. */
  readonly versions: Readonly<Record<string, string>>;
  readonly verified: VerifiedFiles;
  /** Milliseconds of each stage, in order. */
  readonly stagesMs: Readonly<Partial<Record<LoadStage, number>>>;
}

export type LoadStage = "start" | "verify" | "prepare" | "open" | "self_test";

export interface RunOptions {
  /** Polite cancellation: the runner stops between steps, or its answer is dropped. */
  readonly signal?: AbortSignal;
  /** `performance.now()` time at which an unfinished run is ended by ending its process. */
  readonly deadline?: number;
  /** Takes the parts of the answer, in order, before the answer. */
  readonly onPart?: (part: unknown) => void;
}

export interface RunResult {
  readonly output: unknown;
  /** Milliseconds in the loader's task method. */
  readonly runMs: number;
}

export interface RunnerEnd {
  /** True when the end was asked for. */
  readonly expected: boolean;
  readonly reason: string;
}

/** One loaded model, wherever it runs. Requests are answered one at a time, in order. */
export interface Runner {
  /** Process id; undefined for an inline runner. */
  readonly pid: number | undefined;
  readonly report: LoadReport;
  /**
   * @throws the loader's ModelError; `cancelled` or `deadline_exceeded`; `runner_crashed` with the exit's details when
   * the process ends under the request.
   */
  run(task: TaskName, input: unknown, options?: RunOptions): Promise<RunResult>;
  /** Resident bytes that this model costs (proportional share of shared pages); undefined where unmeasurable. */
  memoryBytes(): Promise<number | undefined>;
  /** Unloads and ends; resolves when the process is gone and its memory with it. Idempotent. */
  stop(): Promise<void>;
  /** Resolves when the runner is no more, for whatever reason. */
  readonly ended: Promise<RunnerEnd>;
}

export interface LoadOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds until the load is given up and its process ended. */
  readonly timeoutMs: number;
  onStage?(stage: LoadStage): void;
}

/** Where runners come from. Has the forms made that a load lacks, by something that answers no requests. */
export interface RunnerPool extends AsyncDisposable {
  load(request: LoadRequest, options: LoadOptions): Promise<Runner>;
  adopt(request: AdoptRequest): Promise<AdoptedCheckpoint>;
}
