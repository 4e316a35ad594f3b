import { priorityRank, type Unit, type WaitingRequest } from "./scheduler-state.ts";

/**
 * Milliseconds that a request lets a ready unit of its class go on answering others before the unit makes room, at the
 * least. A swap that waits is shared by the requests that came meanwhile, and its cost stays in proportion to the work
 * between two swaps: so where loads are slow the patience is longer, up to a bound.
 */
export const swapPatienceMs = 1000;
const loadsOfPatience = 2;
const longestPatienceMs = 30_000;

/** Who waits for a unit that is down: a request, or the leases, the pin or the goal that miss it. */
export interface Demand {
  /** Place of the unit. */
  readonly place: number;
  readonly unit: string;
  /** Rank of its class; less is more urgent. */
  readonly rank: number;
  /** Inside a class, what is missed comes before what is asked for. */
  readonly order: number;
  readonly since: number;
  readonly until: number;
  /** Of the request; undefined for a unit that is missed. */
  readonly id: number | undefined;
  /** Milliseconds, from `patienceMs`. */
  readonly patience: number;
  /** No load would be there in time for anybody who waits: it may have room that is free, and nobody leaves for it. */
  readonly isHopeless: boolean;
}

export function patienceMs({ loadMs = 0 }: Unit): number {
  return Math.min(longestPatienceMs, Math.max(swapPatienceMs, loadsOfPatience * loadMs));
}

/** Time from which the units that make room for it give no new leases. Half of a short wait is left for the load. */
export function patienceEnd({ since, until, patience }: Pick<Demand, "since" | "until" | "patience">): number {
  return since + Math.min(patience, (until - since) / 2);
}

/**
 * True if a ready unit that makes room for the beneficiary answers the request first. What waited when the unit became
 * ready is why it was loaded, so all of it is answered, however long the load took; what came before the beneficiary has
 * its turn before it; what comes later is answered while the patience lasts. All is bounded: the beneficiary gets its turn
 * under any traffic.
 */
export function isAnsweredFirst(request: WaitingRequest, unit: Unit, beneficiary: Demand, now: number): boolean {
  const rank = priorityRank[request.priority];
  if (rank !== beneficiary.rank) return rank < beneficiary.rank;
  if (unit.loadedAt !== undefined && request.since <= unit.loadedAt) return true;
  return now < patienceEnd(beneficiary) || (beneficiary.id !== undefined && request.id < beneficiary.id);
}
