import type { Device } from "../../contract/device.ts";
import { costAware } from "./cost-aware.ts";
import type { EvictionPolicy } from "./eviction-policy.ts";
import type { JournalEntry, JournalRecord } from "./journal.ts";
import { withBudgets } from "./plan.ts";
import { schedule } from "./scheduler.ts";
import type { SchedulerEvent } from "./scheduler-event.ts";
import type { SchedulerState } from "./scheduler-state.ts";
import { type Arrival, Simulation } from "./simulation.ts";

/** A journal played again: the state after its last event, and where the decisions were others. */
export interface Replayed {
  readonly state: SchedulerState;
  /** Place of the first entry whose decisions were others; undefined where all were the same. */
  readonly differs: number | undefined;
}

/** Gives every event of a journal to the scheduler again. */
export function replay({ start, entries }: JournalRecord, policy: EvictionPolicy = costAware): Replayed {
  let state = start;
  let differs: number | undefined;
  for (const [i, { at, event, actions }] of entries.entries()) {
    const step = schedule(state, event, at, policy);
    state = step.state;
    if (differs === undefined && JSON.stringify(step.actions) !== JSON.stringify(actions)) differs = i;
  }
  return { state, differs };
}

/** What a stretch of traffic came to. */
export interface Tally {
  readonly requests: number;
  readonly refused: number;
  readonly loads: number;
  /** Bytes that were loaded, over all devices. */
  readonly bytes: number;
  /** Milliseconds until a request had its lease: of half of them, of all but a hundredth. */
  readonly p50: number;
  readonly p99: number;
}

/** What a journal says that happened. */
export function tallyOf({ start, entries }: JournalRecord): Tally {
  const since = new Map<number, number>();
  const waits: number[] = [];
  let [refused, loads, bytes] = [0, 0, 0];
  let state = start;
  for (const { at, event, actions } of entries) {
    if (event.type === "requested") since.set(event.request.id, at);
    state = schedule(state, event, at).state;
    for (const action of actions) {
      if (action.type === "grant") waits.push(at - (since.get(action.id) ?? at));
      if (action.type === "refuse") refused += 1;
      if (action.type !== "load") continue;
      loads += 1;
      bytes += bytesOf(state, action.unit);
    }
  }
  return { requests: waits.length + refused, refused, loads, bytes, ...waitQuantiles(waits) };
}

/**
 * The traffic of a journal under other budgets: the same requests at the same times, each as long in its runner as it
 * was, loads as long as they were.
 * @param budgets bytes by device; devices that are left out keep theirs
 */
export function whatIf(record: JournalRecord, budgets: Readonly<Partial<Record<Device, number>>>): Tally {
  const { start, entries } = record;
  const waits: number[] = [];
  let [refused, loads, bytes] = [0, 0, 0];
  const times = loadTimes(entries);
  const simulation: Simulation = new Simulation(
    withBudgets(start, budgets),
    {
      ...(times.size === 0 ? {} : { loadMs: (unit) => times.get(unit) ?? 1000 }),
      concurrency: () => Number.POSITIVE_INFINITY,
      onSettled: (_, outcome) => {
        if (typeof outcome === "number") waits.push(outcome);
        else refused += 1;
      },
      onStep: ({ actions }) => {
        for (const action of actions) {
          if (action.type !== "load") continue;
          loads += 1;
          bytes += bytesOf(simulation.state, action.unit);
        }
      },
    },
    1e9,
  );
  const told: readonly SchedulerEvent["type"][] = ["unit-added", "unit-removed", "kept"];
  for (const { event, at } of entries) if (told.includes(event.type)) simulation.schedule(at, event);
  simulation.run(arrivalsOf(entries));
  return { requests: waits.length + refused, refused, loads, bytes, ...waitQuantiles(waits) };
}

/** The requests of a journal, each with the time that its lease was held. */
export function arrivalsOf(entries: readonly JournalEntry[]): readonly Arrival[] {
  const arrivals = new Map<number, Arrival & { runMs: number }>();
  const held = new Map<string, { readonly id: number; readonly at: number }[]>();
  for (const { at, event, actions } of entries) {
    if (event.type === "requested") {
      const { id, model, priority, until } = event.request;
      arrivals.set(id, { at, model, priority, waitMs: until - at, runMs: 0 });
    }
    if (event.type === "released") {
      const grant = held.get(event.unit)?.shift();
      const arrival = grant === undefined ? undefined : arrivals.get(grant.id);
      if (grant !== undefined && arrival !== undefined) arrival.runMs = at - grant.at;
    }
    for (const action of actions)
      if (action.type === "grant") held.set(action.unit, [...(held.get(action.unit) ?? []), { id: action.id, at }]);
  }
  return [...arrivals.values()];
}

/** Milliseconds of each unit's last load. */
function loadTimes(entries: readonly JournalEntry[]): ReadonlyMap<string, number> {
  const began = new Map<string, number>();
  const times = new Map<string, number>();
  for (const { at, event, actions } of entries) {
    if (event.type === "loaded") times.set(event.unit, at - (began.get(event.unit) ?? at));
    for (const action of actions) if (action.type === "load") began.set(action.unit, at);
  }
  return times;
}

/** Bytes that are reserved for a unit, over all devices. */
export function bytesOf({ places, resources, units }: SchedulerState, name: string): number {
  const reserved = units[places.get(name) ?? -1]?.reserved ?? [];
  return reserved.reduce((sum, amount, i) => (resources[i]?.name === "loaded" ? sum : sum + amount), 0);
}

/** Of waits in milliseconds. */
export function waitQuantiles(waits: readonly number[]): Pick<Tally, "p50" | "p99"> {
  const sorted = [...waits].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
