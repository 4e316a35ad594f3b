import { ModelError } from "../../model-error.ts";

interface Waiter {
  grant(): void;
  refuse(error: ModelError): void;
}

/** Callers that wait for a lease, by the number of their request. */
export class LeaseWaiters {
  readonly #waiters = new Map<number, Waiter>();

  /**
   * Waits until the request is granted or refused.
   * @param withdraw told when the caller's signal fires first.
   */
  wait(id: number, model: string, signal: AbortSignal | undefined, withdraw: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        if (!this.#waiters.delete(id)) return;
        reject(new ModelError("cancelled", `A request for ${model} was withdrawn while it waited.`, { model }));
        withdraw();
      };
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          signal?.removeEventListener("abort", onAbort);
          settle(value);
        };
      this.#waiters.set(id, { grant: () => settled<void>(resolve)(), refuse: settled(reject) });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** @returns false when nobody waits under that number any more */
  grant(id: number): boolean {
    return this.#take(id, (waiter) => waiter.grant());
  }

  refuse(id: number, error: ModelError): void {
    this.#take(id, (waiter) => waiter.refuse(error));
  }

  #take(id: number, act: (waiter: Waiter) => void): boolean {
    const waiter = this.#waiters.get(id);
    if (waiter === undefined) return false;
    this.#waiters.delete(id);
    act(waiter);
    return true;
  }
}
