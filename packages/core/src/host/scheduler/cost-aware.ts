import { at } from "./amounts.ts";
import { type Candidate, type EvictionPolicy, firstThatSuffice, type Need } from "./eviction-policy.ts";
import { leastUrgentLeastRecent, lessUrgent, older } from "./least-recently-used.ts";

/**
 * The lowest priority class first; inside a class the set that frees enough at the smallest expected cost. A unit costs
 * its reload time by the chance that it is asked for soon. Candidates are taken by their cost for what they give of what
 * is needed; where one alone suffices for less than that set, it is that one.
 */
export const costAware: EvictionPolicy = (need, candidates, costs) => {
  if (candidates.length === 1) return leastUrgentLeastRecent(need, candidates, costs);
  const priced = candidates.map((candidate): Priced => {
    const cost = costs.reloadMs(candidate.unit) / costs.idleMs(candidate.unit);
    return { candidate, cost, density: cost / shareOf(candidate, need) };
  });
  priced.sort(
    (a, b) => lessUrgent(a.candidate, b.candidate) || a.density - b.density || older(a.candidate, b.candidate),
  );
  const several = firstThatSuffice(
    need.amounts,
    priced.map(({ candidate }) => candidate),
  );
  if (several === undefined || several.length < 2) return several;
  return cheaperAlone(need, priced, several) ?? several;
};

/** What a unit frees counts up to so many times what is needed: the rest serves the next who needs room. */
const usefulExcess = 2;

interface Priced {
  readonly candidate: Candidate;
  readonly cost: number;
  /** Cost for the whole of what is needed, at this candidate's price. */
  readonly density: number;
}

/** How much of what is needed the candidate gives, resource by resource; never 0. */
function shareOf({ frees }: Candidate, { amounts }: Need): number {
  let share = 0;
  for (let i = 0; i < amounts.length; i++) {
    const needed = amounts[i] ?? 0;
    if (needed > 0) share += Math.min(usefulExcess, at(frees, i) / needed);
  }
  return Math.max(share, 1e-9);
}

/** One candidate that suffices alone, is of the lowest class among several, and costs less than they do together. */
function cheaperAlone(
  need: Need,
  priced: readonly Priced[],
  several: readonly Candidate[],
): readonly Candidate[] | undefined {
  const [first] = several;
  if (first === undefined) return undefined;
  const total = priced.reduce((sum, { candidate, cost }) => (several.includes(candidate) ? sum + cost : sum), 0);
  let best: Priced | undefined;
  for (const one of priced) {
    if (lessUrgent(one.candidate, first) !== 0 || one.cost >= (best?.cost ?? total)) continue;
    if (firstThatSuffice(need.amounts, [one.candidate]) !== undefined) best = one;
  }
  return best === undefined ? undefined : [best.candidate];
}
