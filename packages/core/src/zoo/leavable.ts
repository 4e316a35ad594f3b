import { ModelError } from "../contract/model-error.ts";

/**
 * A sequence that can be left while its next item is waited for: a generator's own `return` would wait behind that. What leaves
 * it is `break`, `return`, `throw`, and a stream that is made of it and destroyed.
 * @param left fired once the sequence is left or at its end; whatever the generator waits for must end by it
 * @param make the generator, asked for at the first item
 */
export function leavable<Item>(
  left: AbortController,
  make: () => AsyncGenerator<Item, void, undefined>,
): AsyncGenerator<Item, void, undefined> {
  const end: IteratorResult<Item, void> = { done: true, value: undefined };
  let generator: AsyncGenerator<Item, void, undefined> | undefined;
  let isLeft = false;
  const leave = async (): Promise<void> => {
    isLeft = true;
    left.abort(new ModelError("cancelled", "A sequence was left before its end."));
    await generator?.return();
  };
  return {
    async next() {
      if (isLeft) return end;
      generator ??= make();
      try {
        const item = await generator.next();
        if (item.done === true) left.abort();
        return item;
      } catch (error) {
        left.abort();
        // Whoever waited for an item has left: that is no error of theirs.
        if (isLeft) return end;
        throw error;
      }
    },
    async return() {
      await leave();
      return end;
    },
    async throw(error: unknown) {
      await leave();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: leave,
  };
}

/** A sequence that options with a signal govern: the signal that `make` is given fires too where the sequence is left. */
export function leavableWith<Item, Options extends { readonly signal?: AbortSignal | undefined }>(
  options: Options,
  make: (options: Options) => AsyncGenerator<Item, void, undefined>,
): AsyncGenerator<Item, void, undefined> {
  const left = new AbortController();
  return leavable(left, () => make(withSignal(options, left)));
}

/** The options with a signal more, whoever made the caller's; what is wrong with them is left as it is, for the question to say. */
export function withSignal<Options extends { readonly signal?: AbortSignal | undefined }>(
  options: Options,
  left: AbortController,
): Options {
  if (Object.prototype.toString.call(options) !== "[object Object]") return options;
  const { signal: caller } = options;
  if (caller !== undefined) {
    if (typeof caller !== "object" || caller === null || typeof caller.addEventListener !== "function") return options;
    if (caller.aborted) return options;
    caller.addEventListener("abort", () => left.abort(caller.reason), { once: true, signal: left.signal });
  }
  return { ...options, signal: left.signal };
}
