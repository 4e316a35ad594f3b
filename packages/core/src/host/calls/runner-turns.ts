import type { QueuedCall } from "./model-queue.ts";
import type { Slot } from "./slot.ts";

/** A queue whose calls take turns with those of others in one runner. */
export interface TurnTaker {
  /** The first call that has all it needs but its turn. */
  readonly next: QueuedCall | undefined;
  /** Starts every call whose turn it is. */
  pump(): void;
}

/**
 * Calls under way in one runner, of all the models that share it. One that is asked again after a crash has the whole runner
 * for itself: only then can it be told whose doing the next crash is.
 */
export class RunnerTurns {
  readonly #takers: TurnTaker[] = [];
  readonly #slots = new Set<Slot>();
  /** A slot whose call must have the runner for itself. */
  #alone: Slot | undefined;

  join(taker: TurnTaker): void {
    this.#takers.push(taker);
  }

  /** Whether the taker's call may start now, beside what is under way. */
  mayStart(taker: TurnTaker, { isAlone }: QueuedCall): boolean {
    if (this.#alone !== undefined) return false;
    if (isAlone) return this.#slots.size === 0;
    // Whoever must be alone would never be, if others went on to start.
    return !this.#takers.some((other) => other !== taker && other.next?.isAlone === true);
  }

  started(slot: Slot, { isAlone }: QueuedCall): void {
    slot.hadCompany = this.#slots.size > 0;
    for (const other of this.#slots) other.hadCompany = true;
    this.#slots.add(slot);
    if (isAlone) this.#alone = slot;
  }

  ended(slot: Slot): void {
    this.#slots.delete(slot);
    if (this.#alone === slot) this.#alone = undefined;
  }

  /** Something has changed for all of them. */
  pump(): void {
    for (const taker of this.#takers) taker.pump();
  }
}
