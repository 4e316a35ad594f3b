import { isModelError, ModelError } from "../contract/model-error.ts";

/**
 * The results of `items` in order, computed in batches of at most `size`.
 * @throws the signal's reason, between two batches; an error about one picture of a batch (`index` among its details) as one about
 *   that picture of all
 */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  size: number,
  signal: AbortSignal,
  run: (batch: readonly Item[]) => Promise<readonly Result[]>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += size) {
    signal.throwIfAborted();
    const batch = items.slice(start, start + size);
    try {
      results.push(...(await run(batch)));
    } catch (error) {
      throw batch.length === items.length ? error : amongAll(error, { start, batch: batch.length, all: items.length });
    }
  }
  return results;
}

function amongAll(error: unknown, { start, batch, all }: { start: number; batch: number; all: number }): unknown {
  if (!isModelError(error)) return error;
  const alone = batch === 1 && error.code.startsWith("image_") ? 0 : undefined;
  const within = typeof error.details.index === "number" ? error.details.index : alone;
  if (within === undefined) return error;
  const index = start + within;
  const message = error.message.replace(/^Picture \d+ of \d+: /, "");
  return new ModelError(error.code, `Picture ${index + 1} of ${all}: ${message}`, {
    ...(error.model === undefined ? {} : { model: error.model }),
    details: { ...error.details, index },
    cause: error,
  });
}
