import type { Question } from "../calls/model-queue.ts";
import type { Resident } from "./resident.ts";

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
