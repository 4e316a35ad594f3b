import { ModelError } from "../contract/model-error.ts";
import type { ResolvedModel } from "../contract/resolved-model.ts";
import { parseTaskInput, type TaskRegistry } from "../tasks/task-registry.ts";
import { unsupportedTask } from "../tasks/unsupported-task.ts";
import { type AskedTask, nameOfTask, type TaskInput } from "../tasks/vocabulary.ts";
import { type Clock, holdProcess } from "../time/clock.ts";
import type { Answer } from "../zoo/answer.ts";
import { askOptions, requireKnownOptions } from "../zoo/known-options.ts";
import { leavableWith } from "../zoo/leavable.ts";
import { type MappedAnswer, mapInOrder } from "../zoo/map-in-order.ts";
import { RequestLimits } from "../zoo/request-limits.ts";
import { withListener } from "../zoo/with-listener.ts";
import type { AskOptions, Lease, LeaseMapOptions } from "../zoo/zoo.ts";
import { answerOf } from "./answer-of.ts";
import type { ModelManager } from "./manager/model-manager.ts";
import type { Resident } from "./manager/resident.ts";
import type { ZooEvents } from "./zoo-events.ts";

export interface LeaseParts {
  readonly manager: ModelManager;
  readonly tasks: TaskRegistry;
  readonly resident: Resident;
  readonly clock: Clock;
  readonly events: ZooEvents;
  /** Milliseconds that a question without a deadline of its own may take. */
  readonly requestTimeoutMs: number;
  /** Where in code it was taken. */
  readonly place: () => string | undefined;
  /** Milliseconds that the caller waited for the lease. */
  readonly loadMs: number;
}

/** A share in a loaded model. Giving it back waits for the questions asked through it. */
export class ModelLease implements Lease {
  readonly #parts: LeaseParts;
  readonly #running = new Set<Promise<unknown>>();
  /** What was loaded when the lease was given. */
  readonly #leased: ResolvedModel | undefined;
  #released: Promise<void> | undefined;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#leased = parts.resident.loaded?.resolved;
    const { manager, resident, place } = parts;
    manager.leaseBook.note(this, resident.entry.spec.model_name, place, () => manager.release(resident));
  }

  get model(): ResolvedModel {
    const resolved = this.#parts.resident.loaded?.resolved ?? this.#leased;
    if (resolved !== undefined) return resolved;
    const model = this.#parts.resident.entry.spec.model_name;
    throw new ModelError("model_not_loaded", `${model} is not loaded at this moment: its runner ended.`, { model });
  }

  /** What the model's loader opened, where it runs in this process. @throws `model_not_loaded` */
  get opened(): unknown {
    const { runner } = this.#parts.resident.loaded ?? {};
    const { model_name: model } = this.#parts.resident.entry.spec;
    if (runner !== undefined && this.#released === undefined) return runner.opened;
    throw new ModelError("model_not_loaded", `${model} is not held by this lease at this moment; get another.`, {
      model,
    });
  }

  async run<Asked extends AskedTask>(
    task: Asked,
    input: TaskInput<Asked>,
    options: Omit<AskOptions<Asked>, "priority" | "keepAliveMs"> = {},
  ): Promise<Answer<Asked>> {
    const asking = this.#run(task, input, options);
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

  [Symbol.asyncDispose](): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async *#map<Asked extends AskedTask>(
    task: Asked,
    inputs: Iterable<TaskInput<Asked>> | AsyncIterable<TaskInput<Asked>>,
    options: LeaseMapOptions,
  ): AsyncGenerator<MappedAnswer<Answer<Asked>>, void, undefined> {
    requireKnownOptions(options, mapOptions, "A sequence of questions");
    const { model_name: model, tasks } = this.#parts.resident.entry.spec;
    requireTask(model, tasks, this.#parts.tasks.named(nameOfTask(task)).name);
    const { deadlineMs, ...rest } = options;
    yield* mapInOrder(inputs, (input, signal) => this.run(task, input, { signal, deadlineMs }), rest);
  }

  async #run<Asked extends AskedTask>(
    asked: Asked,
    input: TaskInput<Asked>,
    options: Omit<AskOptions<Asked>, "priority" | "keepAliveMs">,
  ): Promise<Answer<Asked>> {
    using _ = holdProcess();
    requireKnownOptions(options, leaseOptions, "A question");
    const { manager, resident, clock, events, loadMs, tasks: known } = this.#parts;
    const { model_name: model, tasks } = resident.entry.spec;
    if (this.#released !== undefined)
      throw new ModelError("model_not_loaded", `This lease on ${model} has been given back; get another.`, { model });
    const task = known.named(nameOfTask(asked));
    requireTask(model, tasks, task.name);
    const parsed = parseTaskInput(task, input);
    const { signal, deadlineMs = this.#parts.requestTimeoutMs } = options;
    using limits = new RequestLimits(model, clock, { signal, deadlineMs });
    const result = await withListener(options, limits, (parts) =>
      manager.askLeased(resident, limits, { task: task.name, input: parsed, parts }),
    );
    const total = loadMs + clock.now() - limits.started;
    events.emit({ type: "answered", model, task: task.name, ms: total });
    const answer = answerOf(asked, result, total);
    return { ...answer, timing_ms: { ...answer.timing_ms, load: Math.round(loadMs * 1000) / 1000 } };
  }

  async #release(): Promise<void> {
    using _ = holdProcess();
    await Promise.allSettled(this.#running);
    const { manager, resident } = this.#parts;
    manager.leaseBook.end(this);
    manager.release(resident);
  }
}

const mapOptions: readonly string[] = ["concurrency", "signal", "deadlineMs"];
const leaseOptions = askOptions.filter((option) => option !== "priority" && option !== "keepAliveMs");

/** @throws `task_unsupported` naming the tasks that the model answers */
export function requireTask(model: string, tasks: readonly string[], task: string): void {
  if (tasks.includes(task)) return;
  throw unsupportedTask(model, task, tasks);
}
