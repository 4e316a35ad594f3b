import { expect } from "vitest";

export function forMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves once it is so; fails, in these words, where it is not within so many milliseconds. */
export async function eventually(
  words: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const started = performance.now();
  while (!(await isSo())) {
    expect(performance.now() - started, `${words}, within ${withinMs} ms`).toBeLessThan(withinMs);
    await forMs(5);
  }
}
