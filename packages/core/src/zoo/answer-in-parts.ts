import type { AskedTask, TaskPart } from "../tasks/vocabulary.ts";
import { deferred } from "../time/abortable.ts";
import type { Answer, AnswerStream } from "./answer.ts";
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
    async *[Symbol.asyncIterator]() {
      try {
        for await (const part of await begun.promise) yield part as TaskPart<Asked>;
      } finally {
        left.abort();
      }
    },
  };
}

/** The options with a signal more, whoever made the caller's; what is wrong with them is left as it is, for the question to say. */
function withSignal(options: GetOptions, left: AbortController): GetOptions {
  if (Object.prototype.toString.call(options) !== "[object Object]") return options;
  const { signal: caller } = options;
  if (caller !== undefined) {
    if (typeof caller !== "object" || caller === null || typeof caller.addEventListener !== "function") return options;
    if (caller.aborted) return options;
    caller.addEventListener("abort", () => left.abort(caller.reason), { once: true, signal: left.signal });
  }
  return { ...options, signal: left.signal };
}
