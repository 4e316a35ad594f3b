import type { Runner } from "../../runner/runner.ts";
import type { QueuedCall } from "./model-queue.ts";
import type { RunnerTurns, TurnTaker } from "./runner-turns.ts";
import type { Slot } from "./slot.ts";

/** A share in a runner that a call must have while it is there. */
export interface RunnerShare {
  /** @returns false where there is none to be had now */
  take(): boolean;
  giveBack(): void;
}

/** A runner of a model, where its calls may go. */
export interface Outlet {
  readonly runner: Runner;
  readonly turns: RunnerTurns;
  /** Undefined where who asks has one already. */
  readonly share: RunnerShare | undefined;
}

/** The runners of one model: a call goes to the one with the least work. */
export class Outlets {
  readonly #concurrency: number;
  readonly #outlets = new Map<Outlet, Set<Slot>>();

  /** @param concurrency calls that may be in each of them at the same time */
  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  get size(): number {
    return this.#outlets.size;
  }

  add(outlet: Outlet): void {
    this.#outlets.set(outlet, new Set());
  }

  remove(runner: Runner): void {
    for (const outlet of this.#outlets.keys()) if (outlet.runner === runner) this.#outlets.delete(outlet);
  }

  /** Where the call may start now, a share in it taken; undefined where nowhere. */
  take(taker: TurnTaker, call: QueuedCall): Outlet | undefined {
    const open = [...this.#outlets].filter(
      ([{ turns }, slots]) => slots.size < this.#concurrency && turns.mayStart(taker, call),
    );
    open.sort(([, a], [, b]) => a.size - b.size);
    return open.find(([{ share }]) => share?.take() ?? true)?.[0];
  }

  started(outlet: Outlet, slot: Slot, call: QueuedCall): void {
    outlet.turns.started(slot, call);
    this.#outlets.get(outlet)?.add(slot);
  }

  ended(outlet: Outlet, slot: Slot): void {
    outlet.turns.ended(slot);
    this.#outlets.get(outlet)?.delete(slot);
    outlet.share?.giveBack();
    outlet.turns.pump();
  }
}
