import type { AskedTask, TaskPart } from "../tasks/vocabulary.ts";
import { deferred } from "../time/abortable.ts";
import type { Answer, AnswerStream } from "./answer.ts";
import { leavable, withSignal } from "./leavable.ts";
import type { PartStream } from "./part-stream.ts";
import type { RequestLimits } from "./request-limits.ts";
import type { GetOptions } from "./zoo.ts";

/** Hands a question on, with a stream for the parts of its answer where somebody takes them. */
export type GiveQuestion = <Result>(
  limits: RequestLimits,
  ask: (parts: PartStream | undefined) => Promise<Result>,
) => Promise<Result>;

/** A question whose answer is a sequence: whoever leaves it early withdraws the question. */
export function answerInParts<Asked extends AskedTask>(
  options: GetOptions,
  ask: (options: GetOptions, give: GiveQuestion) => Promise<Answer<Asked>>,
): AnswerStream<Asked> {
  const left = new AbortController();
  const begun = deferred<PartStream>();
  const answer = ask(withSignal(options, left), async (limits, put) => {
    const parts = limits.partStream();
    begun.resolve(parts);
    try {
      const result = await put(parts);
      parts.end();
      return result;
    } catch (error) {
      parts.end(error);
      throw error;
    }
  });
  answer.catch(begun.reject);
  // Then the caller's own signal is let go of.
  const over = (): void => left.abort();
  answer.then(over, over);
  return {
    answer,
    [Symbol.asyncIterator]: () =>
      leavable(left, async function* () {
        for await (const part of await begun.promise) yield part as TaskPart<Asked>;
      }),
  };
}
