import type { AskedTask } from "../tasks/vocabulary.ts";
import { systemClock } from "../time/clock.ts";
import type { Answer, AnswerStream } from "./answer.ts";
import { answerInParts } from "./answer-in-parts.ts";
import { askOptions, getOptions, requireKnownOptions } from "./known-options.ts";
import type { PartStream } from "./part-stream.ts";
import { type LimitOptions, RequestLimits } from "./request-limits.ts";
import { withListener } from "./with-listener.ts";
import type { AskOptions, GetOptions } from "./zoo.ts";

/** Puts a question: waits no longer than the limits' signal allows, and gives parts to the stream where somebody takes them. */
export type PutQuestion<Asked extends AskedTask> = (
  limits: RequestLimits,
  parts: PartStream | undefined,
) => Promise<Answer<Asked>>;

/** How long a request about a model is waited for. @throws `input_invalid` for a deadline or a signal that is none */
export function limitsOf(model: string, options: LimitOptions): RequestLimits {
  return new RequestLimits(model, systemClock, options);
}

/** A question as `Zoo.run` has it, whoever answers it. */
export async function askWhole<Asked extends AskedTask>(
  model: string,
  options: AskOptions<Asked>,
  put: PutQuestion<Asked>,
): Promise<Answer<Asked>> {
  requireKnownOptions(options, askOptions, "A question");
  using limits = limitsOf(model, options);
  return await withListener(options, limits, (parts) => put(limits, parts));
}

/** A question as `Zoo.stream` has it, whoever answers it. */
export function askInParts<Asked extends AskedTask>(
  model: string,
  options: GetOptions,
  put: PutQuestion<Asked>,
): AnswerStream<Asked> {
  return answerInParts(options, async (asked, give) => {
    requireKnownOptions(asked, getOptions, "A question");
    using limits = limitsOf(model, asked);
    return await give(limits, (parts) => put(limits, parts));
  });
}
