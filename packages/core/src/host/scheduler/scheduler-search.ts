import type { Priority } from "../../zoo/zoo-status.ts";
import { nextWake } from "./scheduler.ts";
import type { SchedulerEvent } from "./scheduler-event.ts";
import { brokenRules, type Rulings } from "./scheduler-rules.ts";
import type { AddedUnit } from "./scheduler-state.ts";
import {
  emptySchedulerState,
  isLoading,
  type ResourceOptions,
  type SchedulerState,
  type Unit,
} from "./scheduler-state.ts";
import { canBeHelped, waiters } from "./scheduler-waiters.ts";

/** A small world of which every order of events is tried, up to a number of events. */
export interface World extends ResourceOptions {
  readonly units: readonly (Partial<AddedUnit> & { readonly name: string; readonly bytes?: number })[];
  readonly events: number;
  /** Requests that wait at once. */
  readonly requests?: number;
  readonly classes?: readonly Priority[];
  /** Milliseconds that a request waits. */
  readonly wait?: number;
  /** Milliseconds that may pass between two events. */
  readonly pauses?: readonly number[];
  /** Bytes that a ready unit may be measured at. */
  readonly sizes?: readonly number[];
  /** Events of units that are left out. */
  readonly without?: readonly SchedulerEvent["type"][];
  /** Events that may happen at any time. */
  readonly also?: readonly SchedulerEvent[];
}

interface Node {
  readonly state: SchedulerState;
  readonly trace: readonly string[];
}

/** What a search came to. */
export interface Found {
  /** The shortest way to a broken rule, as one line per event, and the rules; empty where none is broken. */
  readonly counterexample: readonly string[];
  /** States that differ in more than their times. */
  readonly states: number;
}

/** Breadth first, so that the first counterexample is a shortest one. */
export function search(world: World, rulings: Rulings): Found {
  let state = emptySchedulerState(world);
  for (const { name, bytes = 0, ...options } of world.units) {
    const unit: AddedUnit = {
      name,
      placements: [{ device: "cpu", bytes: { cpu: bytes } }],
      priority: "medium",
      pinned: false,
      keepAlive: Number.POSITIVE_INFINITY,
      ...options,
    };
    state = rulings.schedule(state, { type: "unit-added", unit }, 0).state;
  }
  const seen = new Set<string>();
  let front: Node[] = [{ state, trace: [] }];
  for (let depth = 0; depth < world.events; depth++) {
    const next: Node[] = [];
    for (const node of front) {
      for (const [event, ms] of possible(world, node.state, node.trace.length)) {
        const step = rulings.schedule(node.state, event, node.state.now + ms);
        const key = keyOf(step.state);
        const isNew = !seen.has(key);
        const broken = brokenRules(node.state, event, step, rulings);
        if (isNew) broken.push(...drainRules(step.state, rulings));
        const trace = [...node.trace, `${JSON.stringify(event)} after ${ms} ms: ${JSON.stringify(step.actions)}`];
        if (broken.length > 0) return { counterexample: [...trace, ...broken], states: seen.size };
        if (isNew && depth + 1 < world.events) next.push({ state: step.state, trace });
        seen.add(key);
      }
    }
    front = next;
  }
  return { counterexample: [], states: seen.size };
}

/** What can happen next, and how long after the last. */
function possible(world: World, state: SchedulerState, id: number): readonly (readonly [SchedulerEvent, number])[] {
  const { also = [], pauses = [], without = [] } = world;
  const events = state.units.flatMap((unit) => eventsOf(world, unit, state, id));
  for (const { waiting } of state.units)
    for (const request of waiting) events.push({ type: "withdrawn", id: request.id });
  if (!state.closed) events.push({ type: "closed" });
  const now = [...events.filter((event) => !without.includes(event.type)), ...also].map((event) => [event, 0] as const);
  return [...now, ...pauses.map((ms) => [{ type: "time-passed" } as const, ms] as const)];
}

function eventsOf(world: World, { name: unit, ...is }: Unit, state: SchedulerState, id: number): SchedulerEvent[] {
  const { classes = ["medium"], requests = 3, sizes = [], wait = 1e6 } = world;
  const { leases, phase, pinned } = is;
  const events: SchedulerEvent[] = [];
  const waiting = state.units.reduce((sum, other) => sum + other.waiting.length, 0);
  if (waiting < requests)
    for (const model of is.models)
      for (const priority of classes)
        events.push({ type: "requested", request: { id, model, priority, until: state.now + wait } });
  if (isLoading({ ...is, name: unit })) events.push({ type: "loaded", unit }, { type: "load-failed", unit });
  if (phase === "draining") events.push({ type: "unloaded", unit });
  if (phase === "ready") {
    events.push({ type: "crashed", unit });
    for (const bytes of sizes) events.push({ type: "measured", unit, resident: { cpu: bytes } });
  }
  if (phase === "ready" || phase === "loading") events.push({ type: "unload-asked", unit });
  if (leases > 0) events.push({ type: "released", unit });
  if (leases > 0 && !pinned) events.push({ type: "pinned", unit });
  return events;
}

/** Milliseconds that a unit may go on answering others before it makes room. */
const patienceAtMost = 60_000;

/** Once everything under way has ended and every lease is back, only those still wait who cannot be helped. */
function drainRules(state: SchedulerState, rulings: Rulings): string[] {
  let drained = state;
  for (let i = 0; i < 40; i++) {
    const event = nextEnd(drained);
    const wake = nextWake(drained);
    if (event === undefined && wake < drained.now + patienceAtMost) {
      drained = rulings.schedule(drained, { type: "time-passed" }, wake).state;
      continue;
    }
    if (event === undefined) {
      const leaving = rulings.leaving(drained);
      const stuck = waiters(drained).filter((waiter) => canBeHelped(drained, waiter, leaving));
      const reserved = drained.closed && drained.units.some((unit) => unit.reserved.length > 0);
      return [
        ...stuck.map(({ unit }) => `once all is drained, ${unit.name} is still waited for`),
        ...(reserved ? ["a closed zoo keeps memory"] : []),
      ];
    }
    drained = rulings.schedule(drained, event, drained.now).state;
  }
  return ["draining never ends"];
}

function nextEnd({ units }: SchedulerState): SchedulerEvent | undefined {
  for (const unit of units) {
    if (isLoading(unit)) return { type: "loaded", unit: unit.name };
    if (unit.phase === "draining") return { type: "unloaded", unit: unit.name };
    if (unit.phase === "ready" && unit.leases > 0) return { type: "released", unit: unit.name };
  }
  const held = units.find((unit) => unit.leases > 0);
  return held === undefined ? undefined : { type: "released", unit: held.name };
}

/** Equal for states that behave alike from now on: times count as they lie from now, requests by their order. */
function keyOf({ closed, now, resources, units }: SchedulerState): string {
  const since = (time: number | undefined): number | undefined => (time === undefined ? undefined : time - now);
  return JSON.stringify([
    closed,
    resources.map(({ pressure, isGone }) => [pressure, isGone]),
    units.map((unit) => [
      [unit.name, unit.priority, unit.required],
      [unit.phase, unit.placement, unit.leases, unit.isAsked, unit.pinned, unit.goal, unit.drains?.kind],
      [unit.reserved, unit.placements.map(({ needs }) => needs), unit.failure?.attempt, since(unit.failure?.until)],
      [since(unit.loadedAt), since(unit.wantedSince), since(unit.leftAt), unit.fastestLoadMs],
      unit.keepAliveNow === Number.POSITIVE_INFINITY ? unit.keepAlive : [since(unit.lastUsed), unit.keepAliveNow],
      unit.waiting.map((request) => [
        request.priority,
        since(request.since),
        since(request.until),
        request.isAfterUnload === true,
      ]),
    ]),
  ]);
}
