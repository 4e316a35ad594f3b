import type { AdoptChoices, AdoptedCheckpoint } from "../adopt.ts";
import type { MapOptions, MappedAnswer } from "../map-in-order.ts";
import type { ModelError } from "../model-error.ts";
import type { ModelSpec } from "../model-spec.ts";
import type { ResolvedModel } from "../resolved-model.ts";
import type { TaskValue } from "../tasks/task.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import type { AskedTask, TaskInput, TaskPart } from "../tasks/vocabulary.ts";
import type { Answer, AnswerStream } from "./answer.ts";
import type { FolderReading } from "./fitting-models.ts";
import type { LoadStage } from "./runner.ts";
import type { Priority, ZooStatus } from "./zoo-status.ts";

/** A zoo as those who ask it questions see it: a service, the server, the command line. */
export interface Zoo extends AsyncDisposable {
  readonly name: string;
  /** Every model that can be asked for by name, in order of name. */
  readonly models: readonly ModelSpec[];
  readonly problems: readonly ModelError[];

  /** The tasks that its models may answer: core's, and those of the plugins. */
  readonly tasks: TaskRegistry;

  /** The spec of that name, or of the first model of that role. @throws `model_not_found` with the nearest name */
  find(nameOrRole: string): ModelSpec;

  /** Absolute folder in which the model's artifacts are looked for. */
  artifactsRoot(nameOrRole: string): string;

  /** A share in a loaded model: it is not evicted while the lease lives. */
  get(nameOrRole: string, options?: GetOptions): Promise<Lease>;

  /** One question: get, run, give back. The input is validated by the task's schema first. */
  run<Asked extends AskedTask>(
    nameOrRole: string,
    task: Asked,
    input: TaskInput<Asked>,
    options?: AskOptions<Asked>,
  ): Promise<Answer<Asked>>;

  /** The same question, its answer as a sequence of parts that ends when it is whole. */
  stream<Asked extends AskedTask>(
    nameOrRole: string,
    task: Asked,
    input: TaskInput<Asked>,
    options?: GetOptions,
  ): AnswerStream<Asked>;

  /** A question about each input, as `Lease.map`, with a share in the model while the sequence lasts. */
  map<Asked extends AskedTask>(
    nameOrRole: string,
    task: Asked,
    inputs: Iterable<TaskInput<Asked>> | AsyncIterable<TaskInput<Asked>>,
    options?: ZooMapOptions,
  ): AsyncIterable<MappedAnswer<Answer<Asked>>>;

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
  unload(name: string, options?: Omit<GetOptions, "priority">): Promise<void>;

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

  /**
   * Refuses what waits, lets what is under way end, and ends every runner; `await using` does the same.
   * @param options.graceMs milliseconds for what is under way; default: `close_grace_s` of the zoo spec
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;

  /** Hears of loads, unloads, crashes; returns the way to stop hearing. */
  onEvent(listener: (event: ZooEvent) => void): () => void;
}

export interface GetOptions {
  readonly signal?: AbortSignal | undefined;
  /** Deadline in milliseconds from now; a late answer is dropped. Default: `request_timeout_s` of the zoo spec. */
  readonly deadlineMs?: number | undefined;
  readonly priority?: Priority | undefined;
}

export type AskOptions<Asked extends AskedTask = TaskValue> = AskOptionsOf<TaskPart<Asked>>;

export interface AskOptionsOf<Part> extends GetOptions {
  /**
   * Takes what is known of the answer before it is whole, in order, each part once. What it throws ends the request; a
   * promise that it returns is waited for before the next part. Parts of two answers are never joined: a request whose
   * runner ends after its first part fails with `runner_crashed`, unless `onRestart` is given.
   */
  readonly onPart?: ((part: Part) => unknown) | undefined;
  /** Told when the runner ended under the answer and it begins anew: the parts given so far are void. */
  readonly onRestart?: (() => unknown) | undefined;
}

export interface Lease extends AsyncDisposable {
  readonly model: ResolvedModel;
  run<Asked extends AskedTask>(
    task: Asked,
    input: TaskInput<Asked>,
    options?: Omit<AskOptions<Asked>, "priority">,
  ): Promise<Answer<Asked>>;

  /**
   * A question about each input, several at a time: each an answer or an error with its index, in the order of the inputs, as
   * they come. Inputs are taken as they are needed; whoever leaves the sequence withdraws what is under way.
   */
  map<Asked extends AskedTask>(
    task: Asked,
    inputs: Iterable<TaskInput<Asked>> | AsyncIterable<TaskInput<Asked>>,
    options?: LeaseMapOptions,
  ): AsyncIterable<MappedAnswer<Answer<Asked>>>;
}

/** How several questions are asked. `deadlineMs` is that of each of them. */
export interface LeaseMapOptions extends MapOptions {
  readonly deadlineMs?: number | undefined;
}

/** `priority` is that of the model's load and of its share. */
export interface ZooMapOptions extends LeaseMapOptions {
  readonly priority?: Priority | undefined;
}

export type ZooEvent =
  | { readonly type: "load-started"; readonly model: string; readonly bytes: number }
  | { readonly type: "load-stage"; readonly model: string; readonly stage: LoadStage }
  | { readonly type: "loaded"; readonly model: string; readonly ms: number; readonly bytes: number | undefined }
  | { readonly type: "load-failed"; readonly model: string; readonly error: ModelError }
  | { readonly type: "unloaded"; readonly model: string; readonly reason: string }
  | { readonly type: "crashed"; readonly model: string; readonly reason: string; readonly replayed: number }
  | { readonly type: "answered"; readonly model: string; readonly task: string; readonly ms: number }
  | { readonly type: "refused"; readonly model: string; readonly error: ModelError };
