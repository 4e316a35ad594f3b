import type { ErrorCode } from "../contract/model-error.ts";
import { toModelError } from "../contract/model-error.ts";
import { madeQuestion } from "../tasks/made-question.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import { alarm, type Clock } from "../time/clock.ts";
import { RequestLimits } from "../zoo/request-limits.ts";
import type { ModelManager } from "./manager/model-manager.ts";
import type { Resident } from "./manager/resident.ts";

export interface HealthProbeParts {
  readonly clock: Clock;
  readonly manager: ModelManager;
  readonly tasks: TaskRegistry;
  /** Milliseconds between two rounds; Infinity for none. */
  readonly everyMs: number;
}

/** Milliseconds that the answer to a probe may take. */
const answersWithinMs = 30_000;

/** Errors that say something of the model, and not of what it was asked. */
const telling: ReadonlySet<ErrorCode> = new Set([
  ...(["deadline_exceeded", "internal", "model_output_invalid", "runner_crashed", "system_error"] as const),
]);

/**
 * Asks kept models now and then, through queue and runner, whether they still answer. One that has answered somebody since
 * the last round has shown it, and one that is at work is not disturbed: its runner's heart is listened to anyway. Models that
 * are kept on demand are left alone, as a question would keep them.
 */
export class HealthProbe implements Disposable {
  readonly #parts: HealthProbeParts;
  #next: Disposable | undefined;
  #isOver = false;

  constructor(parts: HealthProbeParts) {
    this.#parts = parts;
    this.#arm();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#next?.[Symbol.dispose]();
  }

  /** One round. */
  async look(): Promise<void> {
    const { clock, everyMs, manager } = this.#parts;
    const now = clock.now();
    const units = manager.state.units.flatMap((unit) =>
      unit.models.map((model) => ({ ...unit, resident: manager.resident(model) })),
    );
    const idle = units.flatMap(({ resident, phase, pinned, waiting }) => {
      // Kept no more, it is asked no more: what was found is not held against it for ever.
      if (resident !== undefined && !pinned) resident.probeError = undefined;
      if (resident === undefined || phase !== "ready" || !pinned || waiting.length > 0) return [];
      const { calls, lastAnswerAt = Number.NEGATIVE_INFINITY } = resident;
      const isSeen = resident.probeError === undefined && now - lastAnswerAt < everyMs;
      return isSeen || calls.running > 0 || calls.waiting > 0 ? [] : [resident];
    });
    await Promise.all(idle.map((resident) => this.#ask(resident)));
  }

  #arm(): void {
    if (this.#isOver) return;
    const { clock, everyMs } = this.#parts;
    this.#next = alarm(clock, clock.now() + everyMs, () => void this.look().finally(() => this.#arm()));
  }

  async #ask(resident: Resident): Promise<void> {
    const { clock, manager, tasks } = this.#parts;
    const { spec } = resident.entry;
    for (const name of spec.tasks) {
      const task = tasks.named(name);
      const input = madeQuestion(task, ["first"]);
      if (input === undefined) continue;
      using limits = new RequestLimits(spec.model_name, clock, { deadlineMs: answersWithinMs });
      try {
        const question = { task: name, input, isProbe: true };
        await manager.ask(resident, { priority: "low", keepAliveMs: undefined }, limits, question);
        resident.probeError = undefined;
      } catch (thrown) {
        const error = toModelError(thrown, "internal", spec.model_name);
        // A refusal of what was made up is an answer too.
        resident.probeError = telling.has(error.code) ? error : undefined;
      }
      return;
    }
  }
}
