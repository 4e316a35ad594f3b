import type { Runner, RunnerEnd } from "../../runner/runner.ts";
import { type Deferred, deferred } from "../../time/abortable.ts";

/** A call's place in a runner, from its turn to the end of its work: which may come later than its caller leaves. */
export class Slot {
  readonly runner: Runner;
  readonly startedAt: number;
  /** True once another call was in the same runner at the same time. */
  hadCompany = false;
  /** True once its work is over or its runner is gone: nothing that still comes of it counts. */
  isOver = false;
  /** Settled with the runner's end, if that comes first. */
  readonly lost: Deferred<RunnerEnd> = deferred();
  readonly #free: (slot: Slot) => void;

  constructor(runner: Runner, startedAt: number, free: (slot: Slot) => void) {
    this.runner = runner;
    this.startedAt = startedAt;
    this.#free = free;
  }

  /** The work is over, however it went: the next may come. */
  free(): void {
    this.isOver = true;
    this.#free(this);
  }
}
