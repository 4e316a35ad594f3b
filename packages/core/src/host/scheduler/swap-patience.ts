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
 * Whether a ready unit that makes room for a demand answers others of its class now, and until when that is so. Leases may
 * be held for hours: then nobody is helped by keeping all others waiting until the last is back. So once the patience is
 * over, no leases are given for as long again, then given, then not for twice as long, and so on.
 */
export function turnOf(
  demand: Demand,
  { loadedAt = Number.NEGATIVE_INFINITY }: Pick<Unit, "loadedAt">,
  now: number,
): { readonly answersOthers: boolean; readonly until: number } {
  const end = patienceEnd(demand);
  if (now < end) return { answersOthers: true, until: end };
  // What is missed has no end of its own: somebody would have to be woken for it for ever.
  if (demand.id === undefined) return { answersOthers: false, until: Number.POSITIVE_INFINITY };
  // One that was loaded later has its own requests to answer before its first turn begins.
  let start = Math.max(end, loadedAt);
  let length = demand.patience;
  for (; start + 2 * length <= now; length *= 2) start += 2 * length;
  const answersOthers = now >= start + length;
  return { answersOthers, until: start + (answersOthers ? 2 : 1) * length };
}

/**
 * True if a ready unit that makes room for the beneficiary answers the request first. What waited when the unit became
 * ready is why it was loaded, so all of it is answered, however long the load took; what came before the beneficiary has
 * its turn before it; what comes later is answered while the patience lasts, and from time to time after that. All is
 * bounded: under any traffic the beneficiary gets its turn within some lengths of the longest lease.
 */
export function isAnsweredFirst(request: WaitingRequest, unit: Unit, beneficiary: Demand, now: number): boolean {
  const rank = priorityRank[request.priority];
  if (rank !== beneficiary.rank) return rank < beneficiary.rank;
  if (unit.loadedAt !== undefined && request.since <= unit.loadedAt) return true;
  return turnOf(beneficiary, unit, now).answersOthers || (beneficiary.id !== undefined && request.id < beneficiary.id);
}
