/**
 * The results of `items` in order, computed in batches of at most `size`.
 * @throws the signal's reason, between two batches
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
    results.push(...(await run(items.slice(start, start + size))));
  }
  return results;
}
