import { alarm, type Clock } from "./clock.ts";

/**
 * Waits for `work`, and no longer than the signal allows: the one way in which this host waits for what may never come.
 * Once the signal has fired it rejects at once with the signal's reason.
 * @param late takes what the work gives when nobody waits for it any more, so that it can be given back
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal, late: (value: T) => void = () => {}): Promise<T> {
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const settle = (act: () => void): void => {
      isSettled = true;
      signal.removeEventListener("abort", onAbort);
      act();
    };
    const onAbort = (): void => settle(() => reject(signal.reason));
    work.then(
      (value) => (isSettled ? late(value) : settle(() => resolve(value))),
      // An error that comes late has no taker: the caller has been told of another.
      (error: unknown) => isSettled || settle(() => reject(error)),
    );
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** A promise that others settle. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** A promise to be settled later; one that is rejected and never awaited harms nobody. */
export function deferred<T>(): Deferred<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/**
 * Waits for `work`, and no longer than so many milliseconds of the clock.
 * @returns undefined where it did not come in time; what it gives then is dropped
 */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  const late = new AbortController();
  using _ = alarm(clock, clock.now() + ms, () => late.abort());
  try {
    return await abortable(work, late.signal);
  } catch (error) {
    if (late.signal.aborted) return undefined;
    throw error;
  }
}
