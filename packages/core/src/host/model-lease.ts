import { ModelError } from "../model-error.ts";
import type { ResolvedModel } from "../resolved-model.ts";
import { parseTaskInput, type TaskInput, type TaskName, type TaskOutput } from "../tasks/vocabulary.ts";
import type { Answer } from "./answer.ts";
import type { Clock } from "./clock.ts";
import type { ModelManager } from "./manager/model-manager.ts";
import type { Resident } from "./manager/resident.ts";
import type { RunRequest } from "./manager/run-queue.ts";
import type { AskOptions, Lease } from "./zoo-api.ts";
import type { ZooEvents } from "./zoo-events.ts";

export interface LeaseParts {
  readonly manager: ModelManager;
  readonly resident: Resident;
  readonly clock: Clock;
  readonly events: ZooEvents;
  /** Milliseconds that the caller waited for the lease. */
  readonly loadMs: number;
}

/** A share in a loaded model. Giving it back waits for the questions asked through it. */
export class ModelLease implements Lease {
  readonly #parts: LeaseParts;
  readonly #running = new Set<Promise<unknown>>();
  #released: Promise<void> | undefined;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  get model(): ResolvedModel {
    const { resolved, entry } = this.#parts.resident;
    if (resolved === undefined)
      throw new ModelError("internal", `${entry.spec.model_name} was leased before it was loaded.`);
    return resolved;
  }

  async run<Name extends TaskName>(
    task: Name,
    input: TaskInput<Name>,
    options: Omit<AskOptions<Name>, "priority"> = {},
  ): Promise<Answer<Name>> {
    const { manager, resident, clock, events, loadMs } = this.#parts;
    const { spec } = resident.entry;
    const model = spec.model_name;
    if (this.#released !== undefined)
      throw new ModelError("model_not_loaded", `This lease on ${model} has been given back; get another.`, { model });
    requireTask(spec.model_name, spec.tasks, task);
    const started = clock.now();
    const request = {
      task,
      input: parseTaskInput(task, input),
      signal: options.signal,
      onPart: options.onPart as RunRequest["onPart"],
      deadline: started + (options.deadlineMs ?? Number.POSITIVE_INFINITY),
    };
    const running = manager.run(resident, request);
    this.#running.add(running);
    try {
      const result = await running;
      const total = loadMs + clock.now() - started;
      events.emit({ type: "answered", model, task, ms: total });
      const { modelsUsedEntry, modelSignature } = this.model;
      return {
        model,
        task,
        output: result.output as TaskOutput<Name>,
        models_used: [modelsUsedEntry],
        model_signature: modelSignature,
        timing_ms: { load: round(loadMs), queue: round(result.queueMs), run: round(result.runMs), total: round(total) },
      };
    } finally {
      this.#running.delete(running);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#released ??= Promise.allSettled(this.#running).then(() => this.#parts.manager.release(this.#parts.resident));
    return this.#released;
  }
}

/** @throws `task_unsupported` naming the tasks that the model answers */
export function requireTask(model: string, tasks: readonly TaskName[], task: TaskName): void {
  if (tasks.includes(task)) return;
  throw new ModelError("task_unsupported", `${model} does not answer ${task}. It answers: ${tasks.join(", ")}.`, {
    model,
    details: { task, supported: tasks },
  });
}

/** Microseconds are as fine as the clock is worth. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
