import { add, covers, lacking } from "./amounts.ts";
import type { Reason } from "./reason.ts";
import { type Amounts, isLoading, isUp, priorityRank, type SchedulerState, type Unit } from "./scheduler-state.ts";

/** Somebody who waits for a unit without a runner, the most urgent first. */
export interface Waiter {
  readonly unit: Unit;
  readonly rank: number;
  readonly order: number;
}

/** Those who wait for a cold unit; for each unit the most urgent. */
export function waiters(state: SchedulerState): Waiter[] {
  return state.units
    .flatMap((unit, place): Waiter[] => {
      if (unit.phase !== "cold") return [];
      const own = unit.required ? 0 : priorityRank[unit.priority];
      const order = unit.leases > 0 ? -3e9 + place : unit.goal === undefined ? -2e9 + place : -1e9 + unit.goal;
      const missed = unit.wantedSince === undefined ? [] : [{ unit, rank: own, order }];
      // A request that no load could serve in time makes nobody leave.
      const asked = unit.waiting
        .filter(({ until }) => state.now + unit.fastestLoadMs < until)
        .map(({ priority, id }) => ({ unit, rank: priorityRank[priority], order: id }));
      return [...missed, ...asked].sort((a, b) => a.rank - b.rank || a.order - b.order).slice(0, 1);
    })
    .sort((a, b) => a.rank - b.rank || a.order - b.order);
}

/** True if evictions that are allowed to a waiter, some of them later, can give it room somewhere. */
export function canBeHelped(
  state: SchedulerState,
  { unit, rank }: Waiter,
  leaving: ReadonlyMap<string, Reason>,
): boolean {
  const room = freeAmounts(state);
  for (const other of state.units) {
    const isLeft = isAbandoned(other);
    const mayLeave = isUp(other) && !other.pinned && (priorityRank[other.priority] >= rank || isLeft);
    if (other.phase === "draining" || (isUp(other) && leaving.has(other.name)) || mayLeave) add(room, other.reserved);
  }
  add(room, missingAmounts(state, leaving), -1);
  return spots(state, unit).some((needs) => covers(room, needs));
}

export function freeAmounts({ resources, units }: SchedulerState): number[] {
  const free = resources.map(({ budget, isGone }) => (isGone ? 0 : budget));
  for (const { reserved } of units) add(free, reserved, -1);
  return free;
}

/** What staying units have grown by and that is not reserved yet. */
export function missingAmounts({ units }: SchedulerState, leaving: ReadonlyMap<string, Reason>): number[] {
  const missing: number[] = [];
  for (const unit of units) {
    const needs = isUp(unit) ? unit.placements[unit.placement ?? 0]?.needs : undefined;
    if (needs !== undefined && !leaving.has(unit.name)) add(missing, lacking(needs, unit.reserved) ?? []);
  }
  return missing;
}

/** What a unit needs at each place whose device is there. */
export function spots({ resources }: SchedulerState, unit: Unit): readonly Amounts[] {
  return unit.placements
    .filter(({ device }) => resources.some(({ name, isGone }) => name === device && !isGone))
    .map(({ needs }) => needs);
}

function isAbandoned(unit: Unit): boolean {
  return isLoading(unit) && unit.leases === 0 && !unit.pinned && unit.waiting.length === 0;
}
