import {
  type Answer,
  type AskedTask,
  type AskOptions,
  abortable,
  type Lease,
  type LeaseMapOptions,
  leavableWith,
  type MappedAnswer,
  ModelError,
  mapInOrder,
  type RequestLimits,
  type ResolvedModel,
  requireKnownOptions,
  type TaskInput,
  type Wish,
  type Zoo,
} from "@menagerie/core";
import { loadedIn } from "./checked-body.ts";
import { brokenConnection } from "./connection-error.ts";
import { type LoadedBody, resolvedModel } from "./resolved-model.ts";
import type { ServerEvent } from "./server-events.ts";
import { errorIn, type ZooDoor } from "./zoo-door.ts";

/** A share in a served model: the server keeps it for as long as one response of its stays open. */
export class ServedLease implements Lease {
  readonly model: ResolvedModel;
  readonly #zoo: Zoo;
  readonly #held: AbortController;
  readonly #running = new Set<Promise<unknown>>();
  #lost: ModelError | undefined;
  #released: Promise<void> | undefined;

  private constructor(model: ResolvedModel, zoo: Zoo, held: AbortController) {
    this.model = model;
    this.#zoo = zoo;
    this.#held = held;
  }

  /**
   * @param limits how long it is waited for; what is had is kept until it is given back
   * @param options.onEnd told when it is given back, or lost with its connection
   */
  static async take(
    zoo: Zoo,
    door: ZooDoor,
    limits: RequestLimits,
    path: string,
    options: Wish & { onEnd(lease: ServedLease): void },
  ): Promise<ServedLease> {
    const held = new AbortController();
    const { priority, keepAliveMs } = options;
    const events = door.events(path, { signal: held.signal, msLeft: limits.msLeft, priority, keepAliveMs });
    try {
      // A wait that is given up must not leave a share behind.
      const first = await abortable(events.next(), limits.signal);
      const lease = new ServedLease(resolvedModel(loadedBody(first.value ?? undefined, door.address)), zoo, held);
      void lease.#watch(events, door.address, () => options.onEnd(lease));
      return lease;
    } catch (error) {
      held.abort(error);
      throw error;
    }
  }

  async run<Asked extends AskedTask>(
    task: Asked,
    input: TaskInput<Asked>,
    options: Omit<AskOptions<Asked>, "priority" | "keepAliveMs"> = {},
  ): Promise<Answer<Asked>> {
    requireKnownOptions(options, leaseOptions, "A question");
    this.#requireHeld();
    const asking = this.#zoo.run(this.model.spec.model_name, task, input, options);
    this.#running.add(asking);
    try {
      return await asking;
    } finally {
      this.#running.delete(asking);
    }
  }

  map<Asked extends AskedTask>(
    task: Asked,
    inputs: Iterable<TaskInput<Asked>> | AsyncIterable<TaskInput<Asked>>,
    options: LeaseMapOptions = {},
  ): AsyncGenerator<MappedAnswer<Answer<Asked>>, void, undefined> {
    return leavableWith(options, (limits) => this.#map(task, inputs, limits));
  }

  /** Gives it back, once the questions that were asked through it have ended. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#released ??= Promise.allSettled(this.#running).then(() => this.#held.abort(this.#givenBack()));
    return this.#released;
  }

  async *#map<Asked extends AskedTask>(
    task: Asked,
    inputs: Iterable<TaskInput<Asked>> | AsyncIterable<TaskInput<Asked>>,
    options: LeaseMapOptions,
  ): AsyncGenerator<MappedAnswer<Answer<Asked>>, void, undefined> {
    requireKnownOptions(options, mapOptions, "A sequence of questions");
    this.#requireHeld();
    const { deadlineMs, ...rest } = options;
    yield* mapInOrder(inputs, (input, signal) => this.run(task, input, { signal, deadlineMs }), rest);
  }

  /** @throws `model_not_loaded` for a lease that was given back, `zoo_closed` for one whose connection ended */
  #requireHeld(): void {
    if (this.#released !== undefined) throw this.#givenBack();
    if (this.#lost !== undefined) throw this.#lost;
  }

  #givenBack(): ModelError {
    const { model_name: model } = this.model.spec;
    return new ModelError("model_not_loaded", `This lease on ${model} has been given back; get another.`, { model });
  }

  async #watch(events: AsyncIterable<ServerEvent>, address: string, onEnd: () => void): Promise<void> {
    const { model_name: model } = this.model.spec;
    try {
      for await (const _ of events);
      throw brokenConnection(address);
    } catch (cause) {
      this.#lost = new ModelError(
        "zoo_closed",
        `The lease on ${model} ended with its connection to ${address}, so the model may be unloaded. Get another.`,
        { model, details: { url: address }, cause },
      );
    } finally {
      onEnd();
    }
  }
}

const leaseOptions = ["signal", "deadlineMs", "onPart", "onRestart"];
const mapOptions = ["concurrency", "signal", "deadlineMs"];

/** @throws what the zoo refuses */
function loadedBody(event: ServerEvent | undefined, address: string): LoadedBody {
  if (event === undefined) throw brokenConnection(address);
  let body: unknown;
  try {
    body = JSON.parse(event.data);
  } catch {
    body = undefined;
  }
  if (event.event === "lease" && body !== undefined) return loadedIn(body, address);
  throw errorIn(body, address) ?? brokenConnection(address);
}
