import { isModelError } from "@menagerie/core";

/** What a caller got, and how soon. */
export interface Outcome<T> {
  /** `answered`, the code of a ModelError, or `none: …` for what is thrown without one. */
  readonly code: string;
  readonly value: T | undefined;
  readonly error: unknown;
  /** Milliseconds until it came, less the longest time for which the loop of this very process stood still meanwhile. */
  readonly ms: number;
}

const tickMs = 10;

/** Waits for what a caller gets. */
export async function outcomeOf<T>(promise: Promise<T>): Promise<Outcome<T>> {
  const started = performance.now();
  let last = started;
  let stoodStillMs = 0;
  const look = (): void => {
    stoodStillMs = Math.max(stoodStillMs, performance.now() - last - tickMs);
    last = performance.now();
  };
  const timer = setInterval(look, tickMs);
  try {
    const settled = await promise.then(
      (value) => ({ code: "answered", value, error: undefined }),
      (error: unknown) => ({ code: codeOf(error), value: undefined, error }),
    );
    look();
    return { ...settled, ms: performance.now() - started - stoodStillMs };
  } finally {
    clearInterval(timer);
  }
}

function codeOf(error: unknown): string {
  return isModelError(error) ? error.code : `none: ${String(error)}`;
}
