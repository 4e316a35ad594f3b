import { ModelError } from "../model-error.ts";
import type { ResolvedModel } from "../resolved-model.ts";
import { parseTaskInput, type TaskInput, type TaskName } from "../tasks/vocabulary.ts";
import { type Answer, answerOf } from "./answer.ts";
import { RequestLimits } from "./calls/request-limits.ts";
import { withListener } from "./calls/with-listener.ts";
import { type Clock, holdProcess } from "./clock.ts";
import { askOptions, requireKnownOptions } from "./known-options.ts";
import type { ModelManager } from "./manager/model-manager.ts";
import type { Resident } from "./manager/resident.ts";
import type { AskOptions, Lease } from "./zoo-api.ts";
import type { ZooEvents } from "./zoo-events.ts";

export interface LeaseParts {
  readonly manager: ModelManager;
  readonly resident: Resident;
  readonly clock: Clock;
  readonly events: ZooEvents;
  /** Milliseconds that a question without a deadline of its own may take. */
  readonly requestTimeoutMs: number;
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
  }

  get model(): ResolvedModel {
    const resolved = this.#parts.resident.loaded?.resolved ?? this.#leased;
    if (resolved !== undefined) return resolved;
    const model = this.#parts.resident.entry.spec.model_name;
    throw new ModelError("model_not_loaded", `${model} is not loaded at this moment: its runner ended.`, { model });
  }

  async run<Name extends TaskName>(
    task: Name,
    input: TaskInput<Name>,
    options: Omit<AskOptions<Name>, "priority" | "keepAliveMs"> = {},
  ): Promise<Answer<Name>> {
    const asking = this.#run(task, input, options);
    this.#running.add(asking);
    try {
      return await asking;
    } finally {
      this.#running.delete(asking);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #run<Name extends TaskName>(
    task: Name,
    input: TaskInput<Name>,
    options: Omit<AskOptions<Name>, "priority" | "keepAliveMs">,
  ): Promise<Answer<Name>> {
    using _ = holdProcess();
    requireKnownOptions(options, leaseOptions, "A question");
    const { manager, resident, clock, events, loadMs } = this.#parts;
    const { model_name: model, tasks } = resident.entry.spec;
    if (this.#released !== undefined)
      throw new ModelError("model_not_loaded", `This lease on ${model} has been given back; get another.`, { model });
    requireTask(model, tasks, task);
    const parsed = parseTaskInput(task, input);
    const { signal, deadlineMs = this.#parts.requestTimeoutMs } = options;
    using limits = new RequestLimits(model, clock, { signal, deadlineMs });
    const result = await withListener(options, limits, (parts) =>
      manager.askLeased(resident, limits, { task, input: parsed, parts }),
    );
    const total = loadMs + clock.now() - limits.started;
    events.emit({ type: "answered", model, task, ms: total });
    const answer = answerOf(task, result, total);
    return { ...answer, timing_ms: { ...answer.timing_ms, load: Math.round(loadMs * 1000) / 1000 } };
  }

  async #release(): Promise<void> {
    using _ = holdProcess();
    await Promise.allSettled(this.#running);
    this.#parts.manager.release(this.#parts.resident);
  }
}

const leaseOptions = askOptions.filter((option) => option !== "priority" && option !== "keepAliveMs");

/** @throws `task_unsupported` naming the tasks that the model answers */
export function requireTask(model: string, tasks: readonly TaskName[], task: TaskName): void {
  if (tasks.includes(task)) return;
  throw new ModelError("task_unsupported", `${model} does not answer ${task}. It answers: ${tasks.join(", ")}.`, {
    model,
    details: { task, supported: tasks },
  });
}
