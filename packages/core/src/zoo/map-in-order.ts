import { ModelError, toModelError } from "../contract/model-error.ts";
import { leavableWith } from "./leavable.ts";

/** What came of one of several questions: an answer, or the error in its place. */
export type MappedAnswer<Answer> =
  | { readonly index: number; readonly answer: Answer; readonly error?: undefined }
  | { readonly index: number; readonly answer?: undefined; readonly error: ModelError };

export interface MapOptions {
  /** Questions under way at the same time; default: 4. */
  readonly concurrency?: number | undefined;
  /** Ends the sequence with `cancelled`, and withdraws what is under way. */
  readonly signal?: AbortSignal | undefined;
}

/** Enough that a model has its next question while an answer travels. */
const usualConcurrency = 4;

/**
 * Asks about each input and gives what came of it, in the order of the inputs, each as soon as those before it are given. Inputs
 * are taken as they are needed: at most `concurrency` of them are under way or wait for whoever takes the answers. Whoever leaves
 * the sequence, while the next answer is waited for too, withdraws what is under way.
 * @param ask one question; what it throws stands in the place of its answer
 * @throws `input_invalid` for a concurrency that is none, `cancelled` once the signal fires, and what the inputs throw, after the
 *   answers to those before
 */
export function mapInOrder<Input, Answer>(
  inputs: Iterable<Input> | AsyncIterable<Input>,
  ask: (input: Input, signal: AbortSignal) => Promise<Answer>,
  options: MapOptions = {},
): AsyncGenerator<MappedAnswer<Answer>, void, undefined> {
  return leavableWith(options, (limits) => inOrder(inputs, ask, limits));
}

async function* inOrder<Input, Answer>(
  inputs: Iterable<Input> | AsyncIterable<Input>,
  ask: (input: Input, signal: AbortSignal) => Promise<Answer>,
  { concurrency = usualConcurrency, signal }: MapOptions,
): AsyncGenerator<MappedAnswer<Answer>, void, undefined> {
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new ModelError(
      "input_invalid",
      `concurrency must be a whole number from 1 on; it is ${String(concurrency)}.`,
      {
        details: { concurrency: String(concurrency) },
      },
    );
  const left = new AbortController();
  const end = (): void => left.abort(cancelled(signal?.reason));
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted) end();
  const source = iteratorOf(inputs);
  const underWay: Promise<MappedAnswer<Answer>>[] = [];
  let index = 0;
  let isAtEnd = false;
  let failure: { readonly error: unknown } | undefined;
  let taking: Promise<void> | undefined;
  const take = async (): Promise<void> => {
    try {
      const next = await source.next();
      if (next.done === true) isAtEnd = true;
      else underWay.push(outcome(index++, ask(next.value, left.signal)));
    } catch (error) {
      failure = { error };
      isAtEnd = true;
    }
  };
  try {
    for (;;) {
      if (!isAtEnd && underWay.length < concurrency)
        taking ??= take().finally(() => {
          taking = undefined;
        });
      const waits = [underWay[0], taking].filter((wait) => wait !== undefined);
      if (waits.length === 0) break;
      const given = await untilAborted(Promise.race(waits), left.signal);
      if (given === undefined) continue;
      underWay.shift();
      yield given;
    }
    if (failure !== undefined) throw (failure as { readonly error: unknown }).error;
  } finally {
    signal?.removeEventListener("abort", end);
    left.abort(cancelled(undefined));
    // What holds the inputs may take its time to let go of them: nobody waits for it.
    if (!isAtEnd) void (async () => source.return?.())().catch(() => {});
  }
}

async function outcome<Answer>(index: number, asked: Promise<Answer>): Promise<MappedAnswer<Answer>> {
  try {
    return { index, answer: await asked };
  } catch (thrown) {
    return { index, error: toModelError(thrown) };
  }
}

function iteratorOf<Input>(inputs: Iterable<Input> | AsyncIterable<Input>): Iterator<Input> | AsyncIterator<Input> {
  if (typeof inputs === "object" && inputs !== null) {
    if (Symbol.asyncIterator in inputs) return inputs[Symbol.asyncIterator]();
    if (Symbol.iterator in inputs) return inputs[Symbol.iterator]();
  }
  throw new ModelError(
    "input_invalid",
    "Several questions are asked about a list of inputs, or any other iterable of them.",
  );
}

/** @throws the signal's reason, once it has fired */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const fired = Promise.withResolvers<never>();
  const onAbort = (): void => fired.reject(signal.reason);
  if (signal.aborted) throw signal.reason;
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, fired.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function cancelled(cause: unknown): ModelError {
  return new ModelError("cancelled", "A sequence of questions was withdrawn by its caller.", { cause });
}
