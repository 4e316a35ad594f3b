import {
  type Answer,
  type AnswerStream,
  type AskedTask,
  type AskOptions,
  askInParts,
  askWhole,
  checkedLoadAll,
  checkedPriority,
  checkedSelection,
  checkedWish,
  type GetOptions,
  getOptions,
  healthOf,
  isModelError,
  type Lease,
  type LoadAllOptions,
  type LoadOutcome,
  limitsOf,
  loadAllOptions,
  type MappedAnswer,
  ModelError,
  type ModelSpec,
  mapThroughLease,
  nameOfTask,
  type PutQuestion,
  type RequestLimits,
  type ResolvedModel,
  requireKnownOptions,
  type TaskInput,
  TaskRegistry,
  type UnloadAllOptions,
  type UnloadOutcome,
  unloadAllOptions,
  vocabulary,
  type Zoo,
  type ZooHealth,
  type ZooMapOptions,
  type ZooStatus,
} from "@menagerie/core";
import { documentsIn, loadedIn, specIn, specsIn, statusIn } from "./checked-body.ts";
import { brokenConnection } from "./connection-error.ts";
import { loadSeveral } from "./load-several.ts";
import { inPath } from "./path-part.ts";
import { questionBody } from "./question-body.ts";
import { type AnswerWanted, readAnswer } from "./read-answer.ts";
import { resolvedModel } from "./resolved-model.ts";
import { ServedLease } from "./served-lease.ts";
import { type AnswerBytes, TaskSchemas } from "./task-schemas.ts";
import { unloadSeveral } from "./unload-several.ts";
import { ZooDoor } from "./zoo-door.ts";

export interface ServedZooOptions {
  /** The zoo's bearer token; default: none. */
  readonly token?: string | undefined;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * A zoo that is served over HTTP, by `zoo serve` or another server of its routes. Nothing is asked before the first question, and
 * nothing that a model may have heard is asked twice: a request whose connection breaks fails with `zoo_closed`.
 */
export class ServedZoo implements Zoo {
  readonly #door: ZooDoor;
  readonly #schemas: TaskSchemas;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<RequestLimits>();
  readonly #leases = new Set<ServedLease>();

  /**
   * @param address for example `http://127.0.0.1:8000`; a path is kept, as a proxy may have it
   * @throws `input_invalid` for an address that is none, `unauthorised` for a token that no header can carry
   */
  constructor(address: string | URL, options: ServedZooOptions = {}) {
    requireKnownOptions(options, ["token", "fetch"], "A served zoo");
    this.#door = new ZooDoor(address, options.token, options.fetch);
    this.#schemas = new TaskSchemas(this.#door, this.#closing.signal);
  }

  get models(): Promise<readonly ModelSpec[]> {
    return this.#json("GET", "/v1/models?specs=true").then((body) => specsIn(body, this.#door.address));
  }

  get tasks(): Promise<TaskRegistry> {
    return this.#json("GET", "/v1/tasks").then((body) => {
      const documents = documentsIn(body, this.#door.address);
      // Core's are those that this program was compiled with.
      return new TaskRegistry(documents.filter(({ name }) => !Object.hasOwn(vocabulary, name)));
    });
  }

  async find(nameOrRole: string): Promise<ModelSpec> {
    return specIn(await this.#json("GET", modelPath(nameOrRole)), this.#door.address);
  }

  async get(nameOrRole: string, options: GetOptions = {}): Promise<Lease> {
    requireKnownOptions(options, getOptions, "get");
    using limits = limitsOf(nameOrRole, options);
    using _ = this.#watch(limits);
    const lease = await ServedLease.take(this, this.#door, limits, `${modelPath(nameOrRole)}/lease`, {
      ...checkedWish(options),
      onEnd: (ended) => this.#leases.delete(ended),
    });
    this.#leases.add(lease);
    return lease;
  }

  async run<Asked extends AskedTask>(
    nameOrRole: string,
    task: Asked,
    input: TaskInput<Asked>,
    options: AskOptions<Asked> = {},
  ): Promise<Answer<Asked>> {
    return await askWhole(nameOrRole, options, this.#question(nameOrRole, task, input, options));
  }

  stream<Asked extends AskedTask>(
    nameOrRole: string,
    task: Asked,
    input: TaskInput<Asked>,
    options: GetOptions = {},
  ): AnswerStream<Asked> {
    return askInParts(nameOrRole, options, this.#question(nameOrRole, task, input, options));
  }

  map<Asked extends AskedTask>(
    nameOrRole: string,
    task: Asked,
    inputs: Iterable<TaskInput<Asked>> | AsyncIterable<TaskInput<Asked>>,
    options: ZooMapOptions = {},
  ): AsyncGenerator<MappedAnswer<Answer<Asked>>, void, undefined> {
    return mapThroughLease(this, nameOrRole, task, inputs, options);
  }

  async load(name: string, options: GetOptions = {}): Promise<ResolvedModel> {
    requireKnownOptions(options, getOptions, "load");
    const body = await this.#json("POST", `${modelPath(name)}/load`, options, name);
    return resolvedModel(loadedIn(body, this.#door.address));
  }

  async loadAll(options: LoadAllOptions = {}): Promise<readonly LoadOutcome[]> {
    requireKnownOptions(options, loadAllOptions, "loadAll");
    checkedLoadAll(options);
    const priority = checkedPriority(options.priority);
    using limits = limitsOf(this.#door.address, { signal: options.signal, deadlineMs: options.deadlineMs });
    using _ = this.#watch(limits);
    return await loadSeveral(this.#door, limits, { ...options, priority });
  }

  async unload(name: string, options: Omit<GetOptions, "priority" | "keepAliveMs"> = {}): Promise<void> {
    requireKnownOptions(options, ["signal", "deadlineMs"], "unload");
    await this.#json("POST", `${modelPath(name)}/unload`, options, name);
  }

  async unloadAll(options: UnloadAllOptions = {}): Promise<readonly UnloadOutcome[]> {
    requireKnownOptions(options, unloadAllOptions, "unloadAll");
    checkedSelection(options);
    using limits = limitsOf(this.#door.address, { signal: options.signal, deadlineMs: options.deadlineMs });
    using _ = this.#watch(limits);
    return await unloadSeveral(this.#door, limits, options);
  }

  async status(): Promise<ZooStatus> {
    return statusIn(await this.#json("GET", "/v1/models"), this.#door.address);
  }

  async health(): Promise<ZooHealth> {
    return healthOf(await this.status());
  }

  /** The last events and decisions of its scheduler, one JSON object to a line, as `zoo replay` reads them; "" before the first. */
  async journal(): Promise<string> {
    using limits = limitsOf(this.#door.address, {});
    using _ = this.#watch(limits);
    return await this.#door.text("/v1/journal", { signal: limits.signal, msLeft: limits.msLeft });
  }

  /** Withdraws what is under way and gives leases back; the zoo itself goes on. */
  async close(): Promise<void> {
    const reason = new ModelError(
      "zoo_closed",
      `This client of ${this.#door.address} is closed; the zoo itself goes on.`,
    );
    this.#closing.abort(reason);
    for (const limits of this.#underWay) limits.end(reason);
    await Promise.all([...this.#leases].map((lease) => lease[Symbol.asyncDispose]()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #question<Asked extends AskedTask>(
    model: string,
    asked: Asked,
    input: TaskInput<Asked>,
    wish: GetOptions,
  ): PutQuestion<Asked> {
    return async (limits, parts) => {
      using _ = this.#watch(limits);
      const { signal, msLeft } = limits;
      const { address } = this.#door;
      const task = nameOfTask(asked);
      const ask = async (bytes: AnswerBytes): Promise<Answer | undefined> => {
        const events = this.#door.events(`/v1/tasks/${inPath(task)}`, {
          signal,
          msLeft,
          body: questionBody(bytes.task, model, input),
          ...checkedWish(wish),
        });
        const read: AnswerWanted["read"] = (what, value) => this.#schemas.read(bytes, what, value, signal);
        return await readAnswer(events, { model, address, read, parts, signal });
      };
      const known = await this.#schemas.of(task, signal);
      const answer = await ask(known).catch(async (error: unknown) => {
        // A question that does not fit its task was put to no model, so it may be put again as the task is now.
        const renewed = isMisshapen(error, task) ? await this.#schemas.renewed(known, signal) : undefined;
        if (renewed === undefined) throw error;
        return await ask(renewed);
      });
      if (answer === undefined) throw brokenConnection(address);
      return answer as Answer<Asked>;
    };
  }

  async #json(
    method: "GET" | "POST",
    path: string,
    { priority, keepAliveMs, ...options }: GetOptions = {},
    model: string = this.#door.address,
  ): Promise<unknown> {
    using limits = limitsOf(model, options);
    using _ = this.#watch(limits);
    const { signal, msLeft } = limits;
    return await this.#door.json(method, path, { signal, msLeft, ...checkedWish({ priority, keepAliveMs }) });
  }

  /** What closing this client ends. */
  #watch(limits: RequestLimits): Disposable {
    limits.whereabouts = () => ({ words: `had not been answered by ${this.#door.address}` });
    if (this.#closing.signal.aborted) limits.end(this.#closing.signal.reason as ModelError);
    this.#underWay.add(limits);
    return { [Symbol.dispose]: () => this.#underWay.delete(limits) };
  }
}

/** True where a question was refused for the shape of its task, here or by the zoo. */
function isMisshapen(error: unknown, task: string): boolean {
  if (!isModelError(error) || error.code !== "input_invalid") return false;
  return error.details.task === task && Array.isArray(error.details.problems);
}

/** @throws `model_not_found` for a name that no path can have */
function modelPath(nameOrRole: string): string {
  const name = inPath(nameOrRole);
  if (name !== undefined) return `/v1/models/${name}`;
  throw new ModelError(
    "model_not_found",
    `There is no model or role "${nameOrRole}". Ask for one that \`models\` lists.`,
  );
}
