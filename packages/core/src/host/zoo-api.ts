import type { AdoptChoices, AdoptedCheckpoint } from "../adopt.ts";
import type { Device } from "../device.ts";
import type { ModelError } from "../model-error.ts";
import type { ModelSpec } from "../model-spec.ts";
import type { ResolvedModel } from "../resolved-model.ts";
import type { TaskInput, TaskName, TaskPart } from "../tasks/vocabulary.ts";
import type { Answer, AnswerStream } from "./answer.ts";
import type { FolderReading } from "./fitting-models.ts";
import type { LoadStage } from "./runner.ts";
import type { JournalRecord } from "./scheduler/journal.ts";
import type { Plan } from "./scheduler/plan.ts";
import type { Priority, ZooStatus } from "./zoo-status.ts";

/** A zoo as those who ask it questions see it: a service, the server, the command line. */
export interface Zoo extends AsyncDisposable {
  readonly name: string;
  /** Every model that can be asked for by name, in order of name. */
  readonly models: readonly ModelSpec[];
  readonly problems: readonly ModelError[];

  /** The spec of that name, or of the first model of that role. @throws `model_not_found` with the nearest name */
  find(nameOrRole: string): ModelSpec;

  /** Absolute folder in which the model's artifacts are looked for. */
  artifactsRoot(nameOrRole: string): string;

  /** A share in a loaded model: it is not evicted while the lease lives. */
  get(nameOrRole: string, options?: GetOptions): Promise<Lease>;

  /** One question: get, run, give back. The input is validated by the task's schema first. */
  run<Name extends TaskName>(
    nameOrRole: string,
    task: Name,
    input: TaskInput<Name>,
    options?: AskOptions<Name>,
  ): Promise<Answer<Name>>;

  /** The same question, its answer as a sequence of parts that ends when it is whole. */
  stream<Name extends TaskName>(
    nameOrRole: string,
    task: Name,
    input: TaskInput<Name>,
    options?: GetOptions,
  ): AnswerStream<Name>;

  /** Loads and keeps the model until `unload`. */
  load(name: string, options?: GetOptions): Promise<ResolvedModel>;

  /**
   * Loads what the zoo spec keeps: the required models first, then by priority class, then in the order of the spec.
   * @returns why those that could not be loaded were not; the others are not affected
   */
  warm(options?: GetOptions): Promise<readonly ModelError[]>;

  /**
   * Unloads once the leases are back; resolves when its memory is. Harmless for a cold model. Requests that come meanwhile
   * have it loaded anew afterwards.
   */
  unload(name: string, options?: Omit<GetOptions, "priority" | "keepAliveMs">): Promise<void>;

  /** Adds a spec that is on no plugin's list. `file` is where it lies: relative paths in it start there. */
  add(spec: ModelSpec, file: string): void;

  /**
   * Reads a checkpoint folder as the family of the model `like` does.
   * @throws ModelError `checkpoint_invalid` for what is no such folder, or one of another family, with what to do instead
   */
  adopt(folder: string, like: string, choices?: AdoptChoices): Promise<AdoptedCheckpoint>;

  /** Reads a checkpoint folder as every family that is known. @throws ModelError `checkpoint_invalid` for what is no folder */
  fitting(folder: string, choices?: AdoptChoices): Promise<FolderReading>;

  status(): ZooStatus;

  /** The last events and decisions of the scheduler; undefined before the first. */
  readonly journal: JournalRecord | undefined;

  /**
   * What would come of asking for these models now, all to be held together: a dry run, which loads nothing.
   * @throws `model_not_found`; `unsupported_device` where the machine has no device for one
   */
  plan(models: readonly string[], options?: ZooPlanOptions): Plan;

  /**
   * Refuses what waits, lets what is under way end, and ends every runner; `await using` does the same.
   * @param options.graceMs milliseconds for what is under way; default: `close_grace_s` of the zoo spec
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;

  /** Hears of loads, unloads, crashes; returns the way to stop hearing. */
  onEvent(listener: (event: ZooEvent) => void): () => void;
}

export interface ZooPlanOptions {
  /** Bytes by device in the place of the zoo's own. */
  readonly budgets?: Readonly<Partial<Record<Device, number>>> | undefined;
}

export interface GetOptions {
  readonly signal?: AbortSignal | undefined;
  /** Deadline in milliseconds from now; a late answer is dropped. Default: `request_timeout_s` of the zoo spec. */
  readonly deadlineMs?: number | undefined;
  readonly priority?: Priority | undefined;
  /**
   * Milliseconds that the model is kept after this request, until the next one says otherwise: 0 unloads it at once,
   * Infinity keeps it until its room is needed. Default: `keep_alive_s` of the zoo spec, or the time-out of its device.
   */
  readonly keepAliveMs?: number | undefined;
}

export interface AskOptions<Name extends TaskName = TaskName> extends GetOptions {
  /**
   * Takes what is known of the answer before it is whole, in order, each part once. What it throws ends the request; a
   * promise that it returns is waited for before the next part. Parts of two answers are never joined: a request whose
   * runner ends after its first part fails with `runner_crashed`, unless `onRestart` is given.
   */
  readonly onPart?: ((part: TaskPart<Name>) => unknown) | undefined;
  /** Told when the runner ended under the answer and it begins anew: the parts given so far are void. */
  readonly onRestart?: (() => unknown) | undefined;
}

export interface Lease extends AsyncDisposable {
  readonly model: ResolvedModel;
  run<Name extends TaskName>(
    task: Name,
    input: TaskInput<Name>,
    options?: Omit<AskOptions<Name>, "priority" | "keepAliveMs">,
  ): Promise<Answer<Name>>;
}

export type ZooEvent =
  | { readonly type: "load-started"; readonly model: string; readonly bytes: number }
  | { readonly type: "load-stage"; readonly model: string; readonly stage: LoadStage }
  | { readonly type: "loaded"; readonly model: string; readonly ms: number; readonly bytes: number | undefined }
  | { readonly type: "load-failed"; readonly model: string; readonly error: ModelError }
  | { readonly type: "unloaded"; readonly model: string; readonly reason: string }
  | { readonly type: "crashed"; readonly model: string; readonly reason: string; readonly replayed: number }
  | { readonly type: "answered"; readonly model: string; readonly task: TaskName; readonly ms: number }
  | { readonly type: "refused"; readonly model: string; readonly error: ModelError };
