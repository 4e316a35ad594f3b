import type { ModelSpec } from "../contract/model-spec.ts";
import type { ResolvedModel } from "../contract/resolved-model.ts";
import type { TaskValue } from "../tasks/task.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import type { AskedTask, TaskInput, TaskPart } from "../tasks/vocabulary.ts";
import type { Answer, AnswerStream } from "./answer.ts";
import type { LoadAllOptions, LoadOutcome } from "./load-all.ts";
import type { MapOptions, MappedAnswer } from "./map-in-order.ts";
import type { UnloadAllOptions, UnloadOutcome } from "./unload-all.ts";
import type { ZooHealth } from "./zoo-health.ts";
import type { Priority, ZooStatus } from "./zoo-status.ts";

/** What is known at once where the zoo runs, and asked for where it is elsewhere: `await` serves both. */
export type Awaitable<T> = T | Promise<T>;

/** A zoo as those who ask it questions see it, whether it runs in their process or is served to them. */
export interface Zoo extends AsyncDisposable {
  /** Every model that can be asked for by name, in order of name. */
  readonly models: Awaitable<readonly ModelSpec[]>;

  /** The tasks that its models may answer: core's, and those of the plugins. */
  readonly tasks: Awaitable<TaskRegistry>;

  /** The spec of that name, or of the one that the role or alias means. Fails with `model_not_found` and the nearest name, or `role_ambiguous`. */
  find(nameOrRole: string): Awaitable<ModelSpec>;

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
   * Loads and keeps several models, several at a time: the required ones first, then by priority class and startup priority. A
   * model that fails harms no other.
   * @returns what came of each, in that order; of those that had not loaded when the signal fired `cancelled`
   */
  loadAll(options?: LoadAllOptions): Promise<readonly LoadOutcome[]>;

  /**
   * Unloads once the leases are back; resolves when its memory is. Harmless for a cold model. Requests that come meanwhile
   * have it loaded anew afterwards.
   */
  unload(name: string, options?: Omit<GetOptions, "priority" | "keepAliveMs">): Promise<void>;

  /** Unloads what is selected, by default all that is loaded, as `unload` does one. @returns what came of each */
  unloadAll(options?: UnloadAllOptions): Promise<readonly UnloadOutcome[]>;

  status(): Awaitable<ZooStatus>;

  /** Whether all that is required can be asked, in words, and what is wrong. */
  health(): Awaitable<ZooHealth>;

  /** Lets go of the zoo: one that runs here ends, one that is served elsewhere goes on. `await using` does the same. */
  close(): Promise<void>;
}

export interface GetOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Deadline in milliseconds from now; a late answer is dropped. Default: `request_timeout_s` of the zoo spec for questions and
   * `unload`; none for `get`, `load`, `bind` and `warm`, which wait as long as loads and evictions may take (`load_timeout_s`).
   */
  readonly deadlineMs?: number | undefined;
  readonly priority?: Priority | undefined;
  /**
   * Milliseconds that the model is kept after this request, until the next one says otherwise: 0 unloads it at once,
   * Infinity keeps it until its room is needed. Default: `keep_alive_s` of the zoo spec, or the time-out of its device.
   */
  readonly keepAliveMs?: number | undefined;
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
    options?: Omit<AskOptions<Asked>, "priority" | "keepAliveMs">,
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

/** `priority` and `keepAliveMs` are those of the model's load and of its share. */
export interface ZooMapOptions extends LeaseMapOptions, Pick<GetOptions, "priority" | "keepAliveMs"> {}
