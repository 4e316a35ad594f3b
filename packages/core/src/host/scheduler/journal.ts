import type { SchedulerAction, SchedulerEvent } from "./scheduler-event.ts";
import type { SchedulerState } from "./scheduler-state.ts";

/** What happened at a time, and what was decided about it. */
export interface JournalEntry {
  readonly at: number;
  readonly event: SchedulerEvent;
  readonly actions: readonly SchedulerAction[];
}

/** A stretch of what happened: from a state on, every event. */
export interface JournalRecord {
  readonly start: SchedulerState;
  readonly entries: readonly JournalEntry[];
}

/** Entries between two states that are kept to start from. */
const stretch = 500;
const stretches = 20;

/** Keeps what the scheduler met and decided. */
export interface Journal {
  /** @param before the state that the event met */
  add(before: SchedulerState, entry: JournalEntry): void;
  /** Everything that is kept, in order and without a gap; undefined before the first event. */
  readonly record: JournalRecord | undefined;
}

/**
 * The last events and decisions, up to a bound: a ring of stretches, each with the state that it starts from, so that
 * what is left when the oldest is given up can still be played again.
 */
export class RecentJournal implements Journal {
  readonly #ring: { readonly start: SchedulerState; readonly entries: JournalEntry[] }[] = [];

  add(before: SchedulerState, entry: JournalEntry): void {
    let last = this.#ring.at(-1);
    if (last === undefined || last.entries.length >= stretch) {
      last = { start: before, entries: [] };
      this.#ring.push(last);
      if (this.#ring.length > stretches) this.#ring.shift();
    }
    last.entries.push(entry);
  }

  get record(): JournalRecord | undefined {
    const [first] = this.#ring;
    if (first === undefined) return undefined;
    return { start: first.start, entries: this.#ring.flatMap(({ entries }) => entries) };
  }
}
