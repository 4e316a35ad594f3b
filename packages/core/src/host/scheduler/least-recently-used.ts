import { type Candidate, type EvictionPolicy, firstThatSuffice } from "./eviction-policy.ts";
import { priorityRank } from "./scheduler-state.ts";

/** Whoever was not used for the longest time goes first, names last so that the order is total. */
export const leastRecentlyUsed: EvictionPolicy = (need, candidates) =>
  firstThatSuffice(need.amounts, [...candidates].sort(older));

/** The lowest priority class first, inside a class the least recently used. */
export const leastUrgentLeastRecent: EvictionPolicy = (need, candidates) =>
  firstThatSuffice(
    need.amounts,
    [...candidates].sort((a, b) => lessUrgent(a, b) || older(a, b)),
  );

export function lessUrgent(a: Candidate, b: Candidate): number {
  return rank(b) - rank(a);
}

export function older(a: Candidate, b: Candidate): number {
  return a.unit.lastUsed - b.unit.lastUsed || (a.unit.name < b.unit.name ? -1 : 1);
}

function rank({ unit }: Candidate): number {
  return priorityRank[unit.priority];
}
