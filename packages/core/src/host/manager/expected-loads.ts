import type { Log } from "../../contract/log.ts";
import { textOf } from "../../contract/model-error.ts";
import type { RunnerPool } from "../../runner/runner.ts";
import type { CatalogueEntry } from "../catalogue-entry.ts";
import { expectedLoads } from "../scheduler/expected-loads.ts";
import { budgetOf, reservedOf } from "../scheduler/ledger.ts";
import type { SchedulerState } from "../scheduler/scheduler-state.ts";

export interface ExpectedLoadsOptions {
  readonly log: Log;
  readonly pool: Pick<RunnerPool, "expect">;
  entryOf(model: string): CatalogueEntry | undefined;
  /** Whether a model's runner is a process of its own. */
  runsApart(entry: CatalogueEntry): boolean;
}

/** Main memory that a process takes which has started an engine and waits for its load: 58 MB with ONNX Runtime 1.30. */
const spareBytes = 60e6;

/** Tells the pool how many loads are to come, as far as there is memory for processes that wait for them. */
export class ExpectedLoads {
  readonly #options: ExpectedLoadsOptions;
  /** Loads that somebody is about to ask for, beside those that are asked for. */
  #announced = 0;
  #told = 0;

  constructor(options: ExpectedLoadsOptions) {
    this.#options = options;
  }

  /** Notes how things stand now. */
  note(state: SchedulerState): void {
    const { entryOf, log, pool, runsApart } = this.#options;
    const waiting = expectedLoads(state).filter((unit) => {
      const entry = entryOf(unit);
      return entry !== undefined && runsApart(entry);
    }).length;
    const free = Math.max(0, budgetOf(state, "cpu") - reservedOf(state, "cpu"));
    const loads = Math.min(waiting + this.#announced, Math.floor(free / spareBytes));
    if (loads === this.#told) return;
    this.#told = loads;
    // What an application's pool throws here must not end whatever brought the news.
    (async () => pool.expect?.(loads))().catch((error: unknown) =>
      log.error("a pool could not be told of the loads to come", { error: textOf(error) }),
    );
  }

  /** So many more (or, below 0, fewer) loads are about to be asked for. */
  announce(loads: number, state: SchedulerState): void {
    this.#announced = Math.max(0, this.#announced + loads);
    this.note(state);
  }
}
