import type { Priority } from "../../zoo/zoo-status.ts";
import { costAware } from "./cost-aware.ts";
import type { EvictionPolicy } from "./eviction-policy.ts";
import { expectedLoadMs } from "./expected-use.ts";
import type { JournalEntry } from "./journal.ts";
import { nextWake, schedule } from "./scheduler.ts";
import type { Refusal, SchedulerAction, SchedulerEvent } from "./scheduler-event.ts";
import { type SchedulerState, unitOf } from "./scheduler-state.ts";
import { Timeline } from "./timeline.ts";

/** A request that comes in a simulation. */
export interface Arrival {
  readonly at: number;
  readonly model: string;
  /** Milliseconds in the runner. */
  readonly runMs: number;
  readonly priority?: Priority;
  /** Milliseconds that it waits for the model; default: for ever. */
  readonly waitMs?: number;
}

export interface SimulationOptions {
  readonly policy?: EvictionPolicy;
  /** Milliseconds that a load takes; default: what the state has seen, or a guess by the bytes. */
  loadMs?(unit: string): number;
  /** Milliseconds until the memory is back; default: 20. */
  readonly unloadMs?: number;
  /** Calls that a unit's runner takes at a time; default: 1. */
  concurrency?(unit: string): number;
  /** Hears of every step. */
  onStep?(entry: JournalEntry): void;
  /** Hears of the end of every request: milliseconds until it began to run, or why it did not. */
  onSettled?(id: number, outcome: number | Refusal): void;
}

type Happening =
  | { readonly kind: "event"; readonly event: SchedulerEvent }
  | { readonly kind: "answered"; readonly unit: string };

interface Asked {
  readonly id: number;
  readonly since: number;
  readonly runMs: number;
}

interface RunnerTimes {
  busy: number;
  readonly waiting: Asked[];
}

/** Plays the part of the manager and of its runners, without either: loads, runs and unloads take the time that is given. */
export class Simulation {
  state: SchedulerState;
  now: number;
  readonly #options: SimulationOptions;
  readonly #timeline = new Timeline<Happening>();
  readonly #asked = new Map<number, Asked>();
  readonly #runners = new Map<string, RunnerTimes>();
  #nextId: number;

  /** @param firstId number of the first request that comes; those of the state must be less */
  constructor(state: SchedulerState, options: SimulationOptions = {}, firstId = 0) {
    this.state = state;
    this.now = state.now;
    this.#options = options;
    this.#nextId = firstId;
  }

  /** Time of the next thing that happens by itself; Infinity where nothing does. */
  get next(): number {
    return Math.min(nextWake(this.state), this.#timeline.next);
  }

  /** Has something reported at a time that is still to come. */
  schedule(at: number, event: SchedulerEvent): void {
    this.#timeline.add(at, { kind: "event", event });
  }

  /** Lets requests come, and everything that follows happen until nothing is left to happen by a time. */
  run(arrivals: Iterable<Arrival>, until: number = Number.POSITIVE_INFINITY): void {
    for (const arrival of arrivals) {
      this.advance(arrival.at);
      this.ask(arrival);
    }
    this.advance(until);
  }

  /** A request that comes now. @returns its number */
  ask({ model, runMs, priority = "medium", waitMs = Number.POSITIVE_INFINITY }: Omit<Arrival, "at">): number {
    const id = this.#nextId++;
    this.#asked.set(id, { id, since: this.now, runMs });
    this.#send({ type: "requested", request: { id, model, priority, until: this.now + waitMs } });
    return id;
  }

  /** Lets happen what happens before that time or at it. */
  advance(time: number): void {
    for (;;) {
      const wake = nextWake(this.state);
      const next = Math.min(wake, this.#timeline.next);
      if (next > time || next === Number.POSITIVE_INFINITY) break;
      this.now = Math.max(this.now, next);
      if (this.#timeline.next > wake) this.#send({ type: "time-passed" });
      else this.#happen(this.#timeline.take());
    }
    if (Number.isFinite(time)) this.now = Math.max(this.now, time);
  }

  #happen(what: Happening | undefined): void {
    if (what?.kind === "event") this.#send(what.event);
    else if (what !== undefined) {
      const runner = this.#runner(what.unit);
      runner.busy -= 1;
      this.#begin(what.unit, runner);
      this.#send({ type: "released", unit: what.unit });
    }
  }

  #send(event: SchedulerEvent): void {
    const { onStep, policy = costAware } = this.#options;
    const { state, actions } = schedule(this.state, event, this.now, policy);
    this.state = state;
    onStep?.({ at: this.now, event, actions });
    for (const action of actions) this.#carryOut(action);
  }

  #carryOut(action: SchedulerAction): void {
    const { onSettled, unloadMs = 20 } = this.#options;
    switch (action.type) {
      case "load":
        this.schedule(this.now + this.#loadMs(action.unit), { type: "loaded", unit: action.unit });
        return;
      case "unload":
        this.schedule(this.now + unloadMs, { type: "unloaded", unit: action.unit });
        return;
      case "refuse":
        this.#asked.delete(action.id);
        onSettled?.(action.id, action.refusal);
        return;
      case "grant": {
        const asked = this.#asked.get(action.id);
        this.#asked.delete(action.id);
        const runner = this.#runner(action.unit);
        runner.waiting.push(asked ?? { id: action.id, since: this.now, runMs: 0 });
        this.#begin(action.unit, runner);
        return;
      }
    }
  }

  #begin(unit: string, runner: RunnerTimes): void {
    const { onSettled } = this.#options;
    const most = this.#options.concurrency?.(unit) ?? 1;
    while (runner.busy < most) {
      const next = runner.waiting.shift();
      if (next === undefined) return;
      runner.busy += 1;
      onSettled?.(next.id, this.now - next.since);
      this.#timeline.add(this.now + next.runMs, { kind: "answered", unit });
    }
  }

  #runner(unit: string): RunnerTimes {
    const known = this.#runners.get(unit);
    if (known !== undefined) return known;
    const runner = { busy: 0, waiting: [] };
    this.#runners.set(unit, runner);
    return runner;
  }

  #loadMs(name: string): number {
    const { loadMs } = this.#options;
    if (loadMs !== undefined) return loadMs(name);
    const unit = unitOf(this.state, name);
    return unit === undefined ? 0 : expectedLoadMs({ ...unit, resources: this.state.resources });
  }
}
