import { toModelError } from "../contract/model-error.ts";
import { type JoinedSignal, joinedSignal } from "../time/joined-signal.ts";
import type { CallOf } from "./call-of.ts";

/**
 * Runs a task whose parts somebody hears, whether its loader waits for what the listener returns or not. What the listener throws, or
 * its promise fails with, ends the request, and the signal that the loader is given fires. A caller who leaves is not kept by a listener
 * that never settles. Resolves when the last part has been taken.
 */
export async function withHeardParts<Part, Answer>(
  call: CallOf<Part>,
  run: (call: CallOf<Part>) => Promise<Answer>,
): Promise<Answer> {
  const { onPart, signal: caller } = call;
  if (onPart === undefined) return run(call);
  using listening = new Listening(onPart, caller);
  try {
    const answer = await run({ ...call, signal: listening.signal, onPart: (part) => listening.tell(part) });
    await listening.allTaken();
    return answer;
  } catch (error) {
    throw listening.failure === undefined ? error : toModelError(listening.failure.error);
  }
}

/** A listener under way. No promise of its fails without somebody who takes that: a loader need not wait for any. */
class Listening<Part> implements Disposable {
  /** What the listener failed with first. */
  failure: { readonly error: unknown } | undefined;
  readonly #onPart: (part: Part) => unknown;
  readonly #left = new AbortController();
  readonly #either: JoinedSignal;
  readonly #ended = Promise.withResolvers<void>();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(onPart: (part: Part) => unknown, caller: AbortSignal) {
    this.#onPart = onPart;
    this.#either = joinedSignal(caller, this.#left.signal);
    this.#ended.promise.catch(() => {});
    // A loader that waits looks at the signal next.
    const end = (): void => {
      if (this.failure === undefined) this.#ended.resolve();
      else this.#ended.reject(this.failure.error);
    };
    if (this.signal.aborted) end();
    else this.signal.addEventListener("abort", end, { once: true });
  }

  get signal(): AbortSignal {
    return this.#either.signal;
  }

  /** @returns what settles with the listener, or once the caller has left */
  tell(part: Part): Promise<unknown> {
    const taken = this.signal.aborted ? this.#ended.promise : Promise.race([this.#heard(part), this.#ended.promise]);
    this.#underWay.add(taken);
    taken.then(
      () => this.#underWay.delete(taken),
      () => {},
    );
    return taken;
  }

  async allTaken(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  [Symbol.dispose](): void {
    this.#either[Symbol.dispose]();
  }

  async #heard(part: Part): Promise<unknown> {
    try {
      return await this.#onPart(part);
    } catch (error) {
      if (!this.signal.aborted) this.failure = { error };
      this.#left.abort(error);
      throw error;
    }
  }
}
