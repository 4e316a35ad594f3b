import { add, at, covers } from "./amounts.ts";
import { offerRules } from "./offer-rules.ts";
import type { Reason } from "./reason.ts";
import { nextWake, type schedule } from "./scheduler.ts";
import type { SchedulerAction, SchedulerEvent, Step } from "./scheduler-event.ts";
import {
  type Amounts,
  isDown,
  isLoading,
  isUp,
  priorityRank,
  type SchedulerState,
  type Unit,
  unitOf,
} from "./scheduler-state.ts";
import { canBeHelped, freeAmounts, missingAmounts, spots, waiters } from "./scheduler-waiters.ts";

/** The transition under test, and who leaves by it. */
export interface Rulings {
  schedule: typeof schedule;
  leaving(state: SchedulerState): ReadonlyMap<string, Reason>;
}

/** What every step keeps. @returns a sentence for each rule that this one breaks */
export function brokenRules(before: SchedulerState, event: SchedulerEvent, step: Step, rulings: Rulings): string[] {
  const leaving = rulings.leaving(step.state);
  return [
    ...memoryRules(step.state, leaving),
    ...unitRules(step.state, leaving),
    ...waitingRules(step.state, leaving),
    ...actionRules(before, event, step),
    ...turnRules(step, leaving),
    ...crashRules(before, event, step.state),
    ...keptRules(before, event, step.state),
    ...removalRules(before, event, step),
    ...offerRules(before, event, step),
    ...restRules(step, rulings),
  ];
}

function memoryRules(state: SchedulerState, leaving: ReadonlyMap<string, Reason>): string[] {
  const broken: string[] = [];
  const { resources, units } = state;
  const free = freeAmounts(state);
  const missing = missingAmounts(state, leaving);
  const coming: number[] = [];
  for (const unit of units)
    if (unit.phase === "draining" || (isUp(unit) && leaving.has(unit.name))) add(coming, unit.reserved);
  for (const [i, { name, isGone }] of resources.entries()) {
    if (at(free, i) < 0 && !isGone) broken.push(`more is reserved on ${name} than there is`);
    const idler = units.find(
      (unit) => unit.phase === "ready" && !unit.pinned && !leaving.has(unit.name) && at(unit.reserved, i) > 0,
    );
    if (at(missing, i) > at(coming, i) && idler !== undefined)
      broken.push(`${idler.name} stays though ${name} is over its budget`);
  }
  const room = free.map((amount, i) => amount + at(coming, i) - at(missing, i));
  const [first, second] = waiters(state).filter((waiter) => canBeHelped(state, waiter, leaving));
  if (first === undefined) return broken;
  const [needs] = spots(state, first.unit);
  const isOnlyPlace = spots(state, first.unit).length === 1;
  if (needs !== undefined && isOnlyPlace && !covers(room, needs)) broken.push(`no room is made for ${first.unit.name}`);
  if (hasRoom(state, first.unit, free, room)) broken.push(`${first.unit.name} waits though there is room`);
  if (second === undefined || !isOnlyPlace) return broken;
  const beside = room.map((amount, i) => amount - at(needs ?? [], i));
  // One that has its room and waits for another load to end keeps that room.
  const left = covers(free, needs ?? []) ? free.map((amount, i) => amount - at(needs ?? [], i)) : free;
  if (hasRoom(state, second.unit, left, beside))
    broken.push(`${second.unit.name} waits though there is room beside ${first.unit.name}`);
  return broken;
}

/** True where a load could begin: the bytes are free, nobody else waits for them, and not too many load already. */
function hasRoom(state: SchedulerState, unit: Unit, free: Amounts, room: Amounts): boolean {
  return unit.placements.some(({ device, needs }) => {
    const resource = state.resources.find(({ name }) => name === device);
    const loading = state.units.filter(
      (other) => isLoading(other) && other.placements[other.placement ?? 0]?.device === device,
    );
    const available = free.map((amount, i) => Math.min(amount, at(room, i)));
    return resource?.isGone === false && covers(available, needs) && loading.length < resource.maxLoading;
  });
}

function unitRules(state: SchedulerState, leaving: ReadonlyMap<string, Reason>): string[] {
  const broken: string[] = [];
  for (const unit of state.units) {
    const { name, phase, pinned } = unit;
    if (isDown(unit) !== (unit.reserved.length === 0)) broken.push(`${name} is ${phase} and reserves ${unit.reserved}`);
    if ((phase === "draining") !== (unit.drains !== undefined)) broken.push(`${name} is ${phase} without a reason`);
    if (phase === "failed" && !((unit.failure?.until ?? 0) > state.now)) broken.push(`${name} is failed for no reason`);
    if ((isDown(unit) || isLoading(unit)) && unit.loadedAt !== undefined)
      broken.push(`${name} is not loaded and has a time of its load`);
    if (unit.wantedSince !== undefined && (state.closed || (unit.leases === 0 && !pinned)))
      broken.push(`${name} is wanted by nobody`);
    const reason = leaving.get(name);
    if (!isUp(unit) || reason === undefined) continue;
    if (pinned && reason.kind !== "closing") broken.push(`${name} is pinned and is to leave: ${reason.kind}`);
    if (reason.kind === "over-budget" && neededOf(state, reason.resource) <= budgetOf(state, reason.resource))
      broken.push(`${name} is to leave a device that is within its budget`);
    if (reason.kind === "evicted" && !waiters(state).some((waiter) => waiter.unit.name === reason.for))
      broken.push(`${name} is to leave for ${reason.for}, for which nobody waits`);
    if (reason.kind === "pressure" && !state.resources.some(({ pressure }) => pressure !== "none"))
      broken.push(`${name} is to leave under a pressure that there is not`);
    if (reason.kind === "abandoned" && unit.waiting.length > 0) broken.push(`${name} is waited for and given up`);
  }
  return broken;
}

function waitingRules(state: SchedulerState, leaving: ReadonlyMap<string, Reason>): string[] {
  return state.units.flatMap((unit) => {
    const broken: string[] = [];
    const { name, phase, waiting } = unit;
    if (waiting.length === 0) return broken;
    if (state.closed) broken.push("a request waits in vain");
    if (phase === "failed") broken.push(`a request waits for ${name}, which has failed`);
    const strange = waiting.find(({ model }) => model !== name && !unit.models.includes(model));
    if (strange !== undefined)
      broken.push(`a request for ${strange.model} waits for ${name}, which does not answer for it`);
    if (phase === "ready" && !leaving.has(name)) broken.push(`a request waits for ${name}, which is ready`);
    if (waiting.some(({ until }) => !(state.now < until))) broken.push(`a request waits for ${name} beyond its limit`);
    const ranks = waiting.map(({ priority }) => priorityRank[priority]);
    if (ranks.some((rank, i) => rank < (ranks[i - 1] ?? 0))) broken.push(`an urgent request for ${name} waits behind`);
    const kept: number[] = [];
    for (const other of state.units) if (other.pinned && !isDown(other)) add(kept, other.reserved);
    const most = state.resources.map(({ budget, isGone }, i) => (isGone ? 0 : budget) - at(kept, i));
    if (phase === "cold" && !spots(state, unit).some((needs) => covers(most, needs)))
      broken.push(`a request waits for ${name}, which can never fit`);
    return broken;
  });
}

function actionRules(before: SchedulerState, event: SchedulerEvent, { state, actions }: Step): string[] {
  const broken: string[] = [];
  for (const action of actions) {
    if (action.type === "refuse") {
      const { kind, model } = action.refusal;
      const owner = state.units.find((unit) => unit.models.includes(model));
      if (kind === "closed" && !state.closed && owner !== undefined)
        broken.push(`${model} is refused as unknown, though ${owner.name} answers for it`);
      if (event.type === "requested" && action.refusal.kind === "never-fits" && action.id === event.request.id)
        if (actions.some((other) => other.type === "unload" && other.reason.kind === "evicted"))
          broken.push("something is unloaded for what can never fit");
      continue;
    }
    const unit = unitOf(state, action.unit);
    const was = unitOf(before, action.unit);
    if (unit === undefined || action.type === "back-off" || action.type === "cannot-keep") continue;
    if (action.type === "load") broken.push(...loadRules(state, was, unit, action));
    if (action.type === "grant") {
      if (was?.isAsked && was.phase === "ready" && event.type !== "unload-withdrawn" && event.type !== "goal")
        broken.push(`${unit.name} gives leases though it was asked to leave`);
      if (unit.phase !== "ready") broken.push(`${unit.name} gives a lease before it is ready`);
    }
    if (action.type === "unload") broken.push(...unloadRules(before, event, state, unit, action.reason));
  }
  return broken;
}

/** Nobody is loaded into room that somebody further ahead waits for. */
function turnRules({ state, actions }: Step, leaving: ReadonlyMap<string, Reason>): string[] {
  const [first] = waiters(state).filter((waiter) => canBeHelped(state, waiter, leaving));
  if (first === undefined) return [];
  return actions.flatMap((action) => {
    if (action.type !== "load" || action.reason.kind !== "requested") return [];
    const { id } = action.reason;
    const unit = unitOf(state, action.unit);
    const request = unit?.waiting.find((waiting) => waiting.id === id);
    if (unit === undefined || request === undefined) return [];
    const rank = priorityRank[request.priority];
    if (rank < first.rank || (rank === first.rank && id < first.order)) return [];
    const room = freeAmounts(state);
    for (const other of state.units)
      if (other !== unit && (other.phase === "draining" || leaving.has(other.name))) add(room, other.reserved);
    const isLeft = spots(state, first.unit).some((needs) => covers(room, needs));
    return isLeft ? [] : [`${unit.name} is loaded into room that ${first.unit.name} waits for`];
  });
}

function loadRules(
  state: SchedulerState,
  was: Unit | undefined,
  unit: Unit,
  { unit: name, device, reason }: Extract<SchedulerAction, { type: "load" }>,
): string[] {
  const broken: string[] = [];
  if (state.closed) broken.push(`${name} is loaded after the zoo was closed`);
  if ((unit.failure?.until ?? 0) > state.now) broken.push(`${name} is loaded before its pause is over`);
  const isWanted = unit.leases > 0 || unit.pinned || unit.waiting.length > 0 || was?.phase === "ready";
  if (!isWanted && reason.kind !== "offered") broken.push(`${name} is loaded for nobody`);
  if (unit.placements[unit.placement ?? -1]?.device !== device) broken.push(`${name} is loaded elsewhere than told`);
  if (reason.kind === "requested" && !unit.waiting.some(({ id }) => id === reason.id))
    broken.push(`${name} is loaded for a request that does not wait`);
  return broken;
}

function unloadRules(
  before: SchedulerState,
  event: SchedulerEvent,
  state: SchedulerState,
  unit: Unit,
  reason: Reason,
): string[] {
  const broken: string[] = [];
  const was = unitOf(before, unit.name);
  const wasLoading = was !== undefined && isLoading(was) && event.type !== "loaded";
  if (reason.kind === "device-gone") return broken;
  if (unit.leases > 0 && !(wasLoading && reason.kind === "closing"))
    broken.push(`${unit.name} is unloaded while leased`);
  if (wasLoading && unit.waiting.some(({ isAfterUnload }) => !isAfterUnload))
    broken.push(`the load of ${unit.name} is called off under a request`);
  if (reason.kind !== "closing" && reason.kind !== "asked" && unit.pinned)
    broken.push(`${unit.name} is unloaded though pinned: ${reason.kind}`);
  if (reason.kind !== "evicted") return broken;
  const best = waiters(state).find((waiter) => waiter.unit.name === reason.for);
  if (best === undefined) return [...broken, `${unit.name} is unloaded for ${reason.for}, for which nobody waits`];
  if (!wasLoading && priorityRank[unit.priority] < best.rank) broken.push(`${unit.name} is unloaded for a lower class`);
  if (unit.waiting.some((request) => priorityRank[request.priority] < best.rank))
    broken.push(`${unit.name} is unloaded while a more urgent request waits for it`);
  return broken;
}

function crashRules(before: SchedulerState, event: SchedulerEvent, state: SchedulerState): string[] {
  if (event.type !== "crashed" || unitOf(before, event.unit)?.phase !== "ready") return [];
  const unit = unitOf(state, event.unit);
  if (unit === undefined || unit.leases === 0 || state.closed) return [];
  const comes = isLoading(unit) || (unit.wantedSince !== undefined && unit.phase === "failed");
  return comes ? [] : [`${unit.name} crashed under its leases and is not loaded again`];
}

/** How a unit is kept from now on, unless it is asked to leave. */
function keptRules(before: SchedulerState, event: SchedulerEvent, state: SchedulerState): string[] {
  const unit = event.type === "kept" ? unitOf(state, event.unit) : undefined;
  if (event.type !== "kept" || unit === undefined) return [];
  const broken: string[] = [];
  if (unit.priority !== event.priority || unit.required !== event.required)
    broken.push(`${unit.name} is of another class than told`);
  const was = unitOf(before, event.unit);
  const pinned = was?.isAsked ? was.pinned : (event.pinned ?? was?.pinned);
  if (unit.pinned !== pinned) broken.push(`${unit.name} is ${unit.pinned ? "" : "not "}pinned, against what was told`);
  if (!unit.pinned && unit.goal !== undefined) broken.push(`${unit.name} is not pinned and a part of the goal`);
  return broken;
}

/** Only a unit that is down and that nobody holds or waits for is forgotten, and it alone. */
function removalRules(before: SchedulerState, event: SchedulerEvent, { state, actions }: Step): string[] {
  const broken = before.units.flatMap(({ name, leases, waiting, ...is }) => {
    if (unitOf(state, name) !== undefined) return [];
    if (event.type !== "unit-removed" || unitOf(before, event.unit)?.name !== name)
      return [`${name} is forgotten unasked`];
    const isHeld = leases > 0 || waiting.length > 0 || is.reserved.length > 0;
    return isHeld ? [`${name} is forgotten while it is ${is.phase}, held or waited for`] : [];
  });
  for (const [place, { name, models }] of state.units.entries())
    for (const each of [name, ...models])
      if (state.places.get(each) !== place) broken.push(`${each} is not found, though ${name} answers for it`);
  for (const [name, place] of state.places) {
    const unit = state.units[place];
    if (unit?.name !== name && !unit?.models.includes(name)) broken.push(`${name} is not where it is looked for`);
  }
  if (event.type !== "unit-removed") return broken;
  const unit = unitOf(state, event.unit);
  if (unit !== undefined && isDown(unit) && unit.leases === 0 && unit.waiting.length === 0 && actions.length === 0)
    broken.push(`${unit.name} is not forgotten`);
  return broken;
}

/** A step leaves nothing to do, and nothing to be woken for at once. */
function restRules({ state }: Step, rulings: Rulings): string[] {
  const broken: string[] = [];
  const again = rulings.schedule(state, { type: "time-passed" }, state.now);
  if (again.actions.length > 0) broken.push(`a step left undone: ${JSON.stringify(again.actions)}`);
  else if (JSON.stringify(again.state) !== JSON.stringify(state))
    broken.push("a step without an event changes the state");
  if (!(nextWake(state) > state.now)) broken.push("the scheduler wants to be woken at once");
  return broken;
}

function neededOf({ resources, units }: SchedulerState, name: string): number {
  const i = resources.findIndex((resource) => resource.name === name);
  return units
    .filter((unit) => !isDown(unit))
    .reduce(
      (sum, unit) => sum + Math.max(at(unit.reserved, i), at(unit.placements[unit.placement ?? 0]?.needs ?? [], i)),
      0,
    );
}

function budgetOf({ resources }: SchedulerState, name: string): number {
  return resources.find((resource) => resource.name === name)?.budget ?? 0;
}
