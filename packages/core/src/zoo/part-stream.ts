import { ModelError } from "../contract/model-error.ts";
import { type Deferred, deferred } from "../time/abortable.ts";
import { inputBytes } from "./input-bytes.ts";

/** Parts that may wait for a slow taker before the model is made to wait, and the bytes that they may hold. */
const room = { parts: 64, bytes: 64e6 } as const;

interface Held {
  readonly part: unknown;
  readonly bytes: number;
}

/** Stands in the sequence where the answer began anew: what came before it is void. */
export const restarted: unique symbol = Symbol("restarted");

/**
 * The parts of one answer between the runner and whoever takes them: an asynchronous sequence with so much room, and no
 * more. It ends when the answer is whole, and fails with what the request fails with.
 */
export class PartStream implements AsyncIterable<unknown> {
  readonly #parts: Held[] = [];
  #bytes = 0;
  #whenRoom: Deferred<void> | undefined;
  #whenMore: Deferred<void> | undefined;
  #end: { readonly error?: unknown } | undefined;
  #given = 0;
  readonly #canRestart: boolean;
  readonly #onFull: (isFull: boolean) => void;
  #isTaken = false;

  /**
   * @param options.canRestart whether its taker knows what `restarted` means
   * @param options.onFull told when there is no room any more, and when there is again
   */
  constructor({
    canRestart = false,
    onFull = () => {},
  }: { canRestart?: boolean; onFull?(isFull: boolean): void } = {}) {
    this.#canRestart = canRestart;
    this.#onFull = onFull;
  }

  /** Parts that were put in since the answer began. */
  get given(): number {
    return this.#given;
  }

  /** The answer begins anew. @returns false where parts have been given to a taker who cannot be told */
  restart(): boolean {
    if (this.#given === 0) return true;
    if (!this.#canRestart) return false;
    this.#given = 0;
    this.#parts.splice(0, this.#parts.length, { part: restarted, bytes: 0 });
    this.#bytes = 0;
    this.#whenMore?.resolve();
    return true;
  }

  /** @returns a promise for when the next may come, where there is no room */
  push(part: unknown): Promise<void> | void {
    if (this.#end !== undefined) return;
    this.#given += 1;
    const bytes = inputBytes(part);
    this.#parts.push({ part, bytes });
    this.#bytes += bytes;
    this.#whenMore?.resolve();
    if (this.#hasRoom) return;
    if (this.#whenRoom === undefined) this.#onFull(true);
    this.#whenRoom ??= deferred();
    return this.#whenRoom.promise;
  }

  get #hasRoom(): boolean {
    return this.#parts.length < room.parts && this.#bytes < room.bytes;
  }

  /** No more parts come. What waits is still given; after an error it is not. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    if (error !== undefined) this.#parts.length = 0;
    this.#whenMore?.resolve();
    this.#whenRoom?.resolve();
  }

  /** @throws `input_invalid` where somebody takes the parts already: each is given once */
  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    if (this.#isTaken)
      throw new ModelError(
        "input_invalid",
        "The parts of this answer are taken already: each is given once, to one taker.",
      );
    this.#isTaken = true;
    for (;;) {
      while (this.#parts.length > 0) {
        const { part, bytes } = this.#parts.shift() as Held;
        this.#bytes -= bytes;
        if (this.#hasRoom && this.#whenRoom !== undefined) {
          this.#whenRoom.resolve();
          this.#whenRoom = undefined;
          this.#onFull(false);
        }
        yield part;
      }
      if (this.#end !== undefined) {
        if ("error" in this.#end) throw this.#end.error;
        return;
      }
      this.#whenMore = deferred();
      await this.#whenMore.promise;
    }
  }
}
