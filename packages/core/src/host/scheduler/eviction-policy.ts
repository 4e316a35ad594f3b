import { add, at, covers } from "./amounts.ts";
import type { Resource } from "./resource.ts";
import type { Amounts, Unit } from "./scheduler-state.ts";

/** Room that is to be made. */
export interface Need {
  /** The unit that needs it; undefined where a device is over its budget. */
  readonly unit: string | undefined;
  /** What is lacking, in the order of the resources. */
  readonly amounts: Amounts;
  readonly resources: readonly Resource[];
}

/** A unit that could make room. */
export interface Candidate {
  readonly unit: Unit;
  /** What comes back when it leaves. */
  readonly frees: Amounts;
}

/** What it costs to give a unit up. */
export interface Costs {
  readonly now: number;
  /** Milliseconds that its next load takes. */
  reloadMs(unit: Unit): number;
  /** Milliseconds until it is likely asked for again. */
  idleMs(unit: Unit): number;
}

/**
 * Chooses whom to give up: a set of candidates that frees what is needed, or undefined where it will not give up as many.
 * Pure: the same question gives the same answer.
 */
export type EvictionPolicy = (
  need: Need,
  candidates: readonly Candidate[],
  costs: Costs,
) => readonly Candidate[] | undefined;

/**
 * The first in this order that free what is needed together, without those that turn out to be superfluous; undefined if
 * all of them together do not suffice.
 */
export function firstThatSuffice(need: Amounts, ordered: readonly Candidate[]): readonly Candidate[] | undefined {
  const taken: Candidate[] = [];
  const freed: number[] = [];
  for (const candidate of ordered) {
    if (covers(freed, need)) break;
    taken.push(candidate);
    add(freed, candidate.frees);
  }
  if (!covers(freed, need)) return undefined;
  // A large late victim can make small early ones superfluous: give those back, the dearest first.
  for (let i = taken.length - 2; i >= 0; i--) {
    const { frees } = taken[i] as Candidate;
    if (!need.every((needed, r) => needed === 0 || at(freed, r) - at(frees, r) >= needed)) continue;
    add(freed, frees, -1);
    taken.splice(i, 1);
  }
  return taken;
}

/**
 * What a policy chose, as far as it may: each candidate once, and no others.
 * @returns undefined where that does not suffice
 */
export function chooseVictims(
  policy: EvictionPolicy,
  need: Need,
  candidates: readonly Candidate[],
  costs: Costs,
): readonly Candidate[] | undefined {
  const freed: number[] = [];
  for (const { frees } of candidates) add(freed, frees);
  if (!covers(freed, need.amounts)) return undefined;
  const chosen = policy(need, candidates, costs);
  return chosen === undefined
    ? undefined
    : firstThatSuffice(
        need.amounts,
        [...new Set(chosen)].filter((candidate) => candidates.includes(candidate)),
      );
}
