import { priorityRank, type SchedulerState, type Unit, type WaitingRequest } from "./scheduler-state.ts";
import { type Demand, patienceMs } from "./swap-patience.ts";

/**
 * Who waits for a unit that is down, one for each, in the order in which they are helped: by class, then units that are
 * missed, since work is under way on them or they are the goal, then requests in order of arrival.
 */
export function demands(state: Pick<SchedulerState, "units" | "now">): readonly Demand[] {
  const found: Demand[] = [];
  for (let place = 0; place < state.units.length; place++) {
    const unit = state.units[place] as Unit;
    if (unit.phase !== "cold" || (unit.wantedSince === undefined && unit.waiting.length === 0)) continue;
    found.push(demandOf(unit, place, patienceMs(unit), state.now));
  }
  return found.length < 2 ? found : found.sort((a, b) => a.rank - b.rank || a.order - b.order);
}

function demandOf(unit: Unit, place: number, patience: number, now: number): Demand {
  const { name, wantedSince } = unit;
  const missed = wantedSince === undefined ? Number.POSITIVE_INFINITY : missedRank(unit);
  const hopeful = unit.waiting.find((waiting) => now < hopeEnd(waiting, unit));
  const request = hopeful ?? unit.waiting[0];
  const rank = request === undefined ? Number.POSITIVE_INFINITY : priorityRank[request.priority];
  const common = { place, unit: name, patience };
  if (request !== undefined && rank < missed) {
    const { id, since, until } = request;
    return { ...common, rank, order: id, since, until, id, isHopeless: hopeful === undefined };
  }
  // Leases that wait come before the goal, and both before any request.
  const order = unit.leases > 0 ? -2e9 + place : unit.goal === undefined ? -1e9 + place : -1e8 + unit.goal;
  const since = wantedSince ?? 0;
  const until = Number.POSITIVE_INFINITY;
  return { ...common, rank: missed, order, since, until, id: undefined, isHopeless: false };
}

/** Time from which not even the fastest load that was seen would be there before the request is over. */
export function hopeEnd({ until }: WaitingRequest, { fastestLoadMs }: Unit): number {
  return until - fastestLoadMs;
}

/** A unit that is required counts as critical while it is missing. */
function missedRank({ priority, required }: Unit): number {
  return required ? 0 : priorityRank[priority];
}
