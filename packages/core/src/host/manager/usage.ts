import { isModelError } from "../../contract/model-error.ts";
import type { ModelUsage } from "../../zoo/zoo-status.ts";
import type { Question } from "../calls/model-queue.ts";
import type { Resident } from "./resident.ts";

/** What a model has done, and what it has held for how long. Times are of the host's clock, which never goes back. */
export class Usage {
  #answers = 0;
  #failures = 0;
  #lastUsedAt: number | undefined;
  #byteMs = 0;
  #bytes = 0;
  #since = 0;

  answered(now: number): void {
    this.#answers += 1;
    this.#lastUsedAt = now;
  }

  /** A question that its caller gave up says nothing of the model. */
  failed(error: unknown, now: number): void {
    this.#lastUsedAt = now;
    if (isModelError(error) && (error.code === "cancelled" || error.code === "deadline_exceeded")) return;
    this.#failures += 1;
  }

  /** It holds so many bytes from now on. */
  holds(bytes: number, now: number): void {
    this.#byteMs += this.#bytes * (now - this.#since);
    this.#bytes = bytes;
    this.#since = now;
  }

  at(now: number): ModelUsage {
    const byteMs = this.#byteMs + this.#bytes * (now - this.#since);
    return {
      answers: this.#answers,
      failures: this.#failures,
      last_used_ms: this.#lastUsedAt === undefined ? undefined : Math.round(now - this.#lastUsedAt),
      byte_seconds: Math.round(byteMs / 1000),
    };
  }
}

/** It has answered. What the zoo itself asks, to see whether it does, is no use of it. */
export function noteAnswer(resident: Resident, question: Question | undefined, now: number): void {
  resident.probeError = undefined;
  if (question?.isProbe === true) return;
  resident.lastAnswerAt = now;
  resident.usage.answered(now);
}

/** It has not answered, for this reason. */
export function noteFailure({ usage }: Resident, question: Question | undefined, error: unknown, now: number): void {
  if (question?.isProbe !== true) usage.failed(error, now);
}
