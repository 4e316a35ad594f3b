/**
 * The parts of one answer on their way to the host. Only as many are under way as the host has room for; the others wait
 * here, in the memory of the model that made them.
 */
export class PartOutbox {
  readonly #send: (part: unknown) => void;
  readonly #waiting: { readonly part: unknown; sent(): void; failed(error: unknown): void }[] = [];
  #credit: number;
  #isClosed = false;
  /** Why a part could not be sent: the answer fails with it, whether its maker waits for its parts or not. */
  #failure: { readonly error: unknown } | undefined;
  #whenEmpty: (() => void) | undefined;

  constructor(send: (part: unknown) => void, credit: number) {
    this.#send = send;
    this.#credit = credit;
  }

  /**
   * Resolves when the part has gone out, which is when its maker should make the next. Rejects once a part could not be
   * sent, which is no fault of those who do not wait: the answer fails with it too.
   */
  push(part: unknown): Promise<void> {
    if (this.#failure !== undefined) return failed(this.#failure.error);
    if (this.#isClosed) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {});
    this.#waiting.push({ part, sent: resolve, failed: reject });
    this.#flush();
    return promise;
  }

  /** The host has taken one. */
  credit(): void {
    this.#credit += 1;
    this.#flush();
  }

  /** Resolves when nothing waits any more. @throws what kept a part from being sent */
  async empty(): Promise<void> {
    if (this.#waiting.length > 0)
      await new Promise<void>((resolve) => {
        this.#whenEmpty = resolve;
      });
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Nobody takes parts any more: those that wait are dropped, and so are all that come. */
  close(): void {
    this.#isClosed = true;
    for (const { sent } of this.#waiting.splice(0)) sent();
    this.#whenEmpty?.();
  }

  #flush(): void {
    while (this.#credit > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#credit -= 1;
      try {
        this.#send(next.part);
      } catch (error) {
        this.#failure = { error };
        next.failed(error);
        for (const { failed } of this.#waiting.splice(0)) failed(error);
        this.close();
        return;
      }
      next.sent();
    }
    if (this.#waiting.length === 0) this.#whenEmpty?.();
  }
}

/** A rejection that harms nobody who does not wait for it. */
function failed(error: unknown): Promise<never> {
  const rejected = Promise.reject(error);
  rejected.catch(() => {});
  return rejected;
}
