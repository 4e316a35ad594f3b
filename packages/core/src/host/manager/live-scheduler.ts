import type { Log } from "../../contract/log.ts";
import { alarm, type Clock } from "../../time/clock.ts";
import { costAware } from "../scheduler/cost-aware.ts";
import type { EvictionPolicy } from "../scheduler/eviction-policy.ts";
import type { Journal, JournalEntry, JournalRecord } from "../scheduler/journal.ts";
import { nextWake, schedule } from "../scheduler/scheduler.ts";
import type { SchedulerAction, SchedulerEvent, Step } from "../scheduler/scheduler-event.ts";
import { emptySchedulerState, type ResourceOptions, type SchedulerState } from "../scheduler/scheduler-state.ts";

export interface LiveSchedulerOptions {
  readonly resources: ResourceOptions;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: EvictionPolicy;
  readonly journal: Journal;
  carryOut(action: SchedulerAction): void;
  /** Told how things stand when an event and all that came of it is done. */
  settled?(state: SchedulerState): void;
}

/** The scheduler's state as it is now: takes events one after the other, has their actions carried out, and tells it of time. */
export class LiveScheduler {
  readonly #options: LiveSchedulerOptions;
  readonly #events: SchedulerEvent[] = [];
  #state: SchedulerState;
  #isBusy = false;
  #wake: Disposable | undefined;
  /** Time of the clock for which `#wake` is set; Infinity while it is not. */
  #wakesAt: number = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(options: LiveSchedulerOptions) {
    this.#options = options;
    this.#state = { ...emptySchedulerState(options.resources), now: options.clock.now() };
  }

  get state(): SchedulerState {
    return this.#state;
  }

  /** The last events and decisions; undefined before the first. */
  get journal(): JournalRecord | undefined {
    return this.#options.journal.record;
  }

  /** An event that comes of an action waits until the actions of the one before are carried out. */
  dispatch(event: SchedulerEvent): void {
    this.#events.push(event);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        const at = this.#options.clock.now();
        const { state, actions } = this.#step(next, at);
        this.#note(this.#state, { at, event: next, actions });
        this.#state = state;
        for (const action of actions) this.#carryOut(action);
      }
    } finally {
      this.#isBusy = false;
    }
    this.#options.settled?.(this.#state);
    this.#setAlarm();
  }

  /** Nothing happens by itself any more. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.[Symbol.dispose]();
  }

  /** A journal of an application that fails must not keep anything from happening. */
  #note(before: SchedulerState, entry: JournalEntry): void {
    const { journal, log } = this.#options;
    try {
      journal.add(before, entry);
    } catch (error) {
      log.error("the journal failed", { error: String(error) });
    }
  }

  /** An action that fails must not keep the others from being carried out. */
  #carryOut(action: SchedulerAction): void {
    try {
      this.#options.carryOut(action);
    } catch (error) {
      this.#options.log.error("a decision could not be carried out", { ...action, error: String(error) });
    }
  }

  /** An application's policy that throws must not stop the zoo: the standard one decides in its place. */
  #step(event: SchedulerEvent, at: number): Step {
    const { log, policy } = this.#options;
    try {
      return schedule(this.#state, event, at, policy);
    } catch (error) {
      if (policy === costAware) throw error;
      log.error("the eviction policy failed; the standard one decides", { error: String(error) });
      return schedule(this.#state, event, at, costAware);
    }
  }

  /** One that is set for an earlier time stays: to wake for nothing once costs less than to set it anew for each event. */
  #setAlarm(): void {
    const time = nextWake(this.#state);
    if (this.#isClosed || time >= this.#wakesAt) return;
    this.#wake?.[Symbol.dispose]();
    this.#wakesAt = time;
    this.#wake = alarm(this.#options.clock, time, () => {
      this.#wakesAt = Number.POSITIVE_INFINITY;
      this.dispatch({ type: "time-passed" });
    });
  }
}
