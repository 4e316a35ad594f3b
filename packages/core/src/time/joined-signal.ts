/** A signal that follows others until it is disposed of. */
export interface JoinedSignal extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * A signal that fires with the first of these, with its reason. Disposed of, it leaves nothing behind. What `AbortSignal.any` gives
 * is kept by Node for as long as it has a listener: for ever, where none of its signals fires.
 */
export function joinedSignal(...signals: readonly AbortSignal[]): JoinedSignal {
  const joined = new AbortController();
  const fire = ({ target }: Event): void => joined.abort((target as AbortSignal).reason);
  for (const signal of signals) {
    if (signal.aborted) joined.abort(signal.reason);
    else signal.addEventListener("abort", fire, { once: true });
  }
  return {
    signal: joined.signal,
    [Symbol.dispose]: () => {
      for (const signal of signals) signal.removeEventListener("abort", fire);
    },
  };
}
