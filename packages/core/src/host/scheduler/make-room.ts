import { at, helps } from "./amounts.ts";
import { type Draft, shortOf } from "./draft.ts";
import { type Candidate, type Costs, chooseVictims, type Need } from "./eviction-policy.ts";
import { expectedIdleMs, expectedLoadMs, isAskedWithin } from "./expected-use.ts";
import { type Amounts, isIdle, isLoading, isUp, priorityRank, type Unit } from "./scheduler-state.ts";
import { type Demand, isAnsweredFirst, patienceEnd } from "./swap-patience.ts";

/** Who would make room, and how soon: 0 for loads that nobody waits for, 1 for idle units, 2 for such as are held. */
export interface Room {
  readonly victims: readonly Candidate[];
  readonly tier: number;
  readonly cost: number;
}

/**
 * Finds units that free what a demand lacks: loads that nobody waits for any more, else idle units, which leave now as
 * well, else also such as leave when their leases are back.
 * @returns undefined if no eviction can make that room now
 */
export function findRoom(draft: Draft, demand: Demand, lack: Amounts): Room | undefined {
  const tiers: [Candidate[], Candidate[], Candidate[]] = [[], [], []];
  for (let place = 0; place < draft.units.length; place++) {
    const unit = draft.unit(place);
    if (!mayLeave(draft, unit, place) || !helps(unit.reserved, lack)) continue;
    const isLeft = isAbandoned(unit);
    if (priorityRank[unit.priority] < demand.rank && !isLeft) continue;
    const candidate = { unit, frees: unit.reserved };
    if (isLeft) tiers[0].push(candidate);
    // One that answers others first, in this very step or soon, is as good as leased.
    const isHeld = isBusy(unit, demand, draft.now) || isMissedSoon(unit, demand, draft);
    if (isLeft || (isIdle(unit) && !isHeld)) tiers[1].push(candidate);
    tiers[2].push(candidate);
  }
  const need = { unit: demand.unit, amounts: lack, resources: draft.resources };
  return firstTier(draft, need, tiers);
}

/**
 * Marks units for what has been measured beyond a budget: idle ones first, those that have grown themselves after others of
 * their class, and where idle ones do not suffice leased ones. Where nothing suffices all that may leave does.
 */
export function answerExcess(draft: Draft): void {
  for (let i = 0; i < draft.resources.length; i++) {
    const excess = at(draft.missing, i) - at(draft.coming, i);
    const resource = draft.resources[i];
    if (excess <= 0 || resource === undefined) continue;
    const candidates: Candidate[] = [];
    for (let place = 0; place < draft.units.length; place++) {
      const unit = draft.unit(place);
      if (!mayLeave(draft, unit, place) || !(unit.phase === "ready" || isAbandoned(unit))) continue;
      const short = shortOf(unit) ?? [];
      const frees = unit.reserved.map((bytes, r) => bytes + at(short, r));
      if (at(frees, i) > 0) candidates.push({ unit, frees });
    }
    const idle = candidates.filter(({ unit }) => unit.leases === 0 && unit.waiting.length === 0);
    const grown = candidates.filter(({ unit }) => shortOf(unit) !== undefined);
    const rank = Math.min(...grown.map(({ unit }) => priorityRank[unit.priority]));
    const others = idle.filter((each) => !grown.includes(each) && !(priorityRank[each.unit.priority] < rank));
    const lack = draft.resources.map((_, r) => (r === i ? excess : 0));
    const need = { unit: undefined, amounts: lack, resources: draft.resources };
    const victims = firstTier(draft, need, [others, idle, candidates])?.victims ?? candidates;
    for (const { unit } of victims)
      draft.mark(draft.places.get(unit.name) ?? -1, { kind: "over-budget", resource: resource.name, excess });
  }
}

/**
 * True of an idle unit that is asked for more often than it could be loaded again beside what it makes room for: to give
 * it up at once costs a load for nearly every request. It stays as long as the patience lasts, so that one load serves
 * the requests of meanwhile. Who waits for each answer before the next question is never that fast, and never waits.
 */
export function isMissedSoon(unit: Unit, demand: Demand, draft: Draft): boolean {
  const { now } = draft;
  if (demand.id === undefined || priorityRank[unit.priority] !== demand.rank || now >= patienceEnd(demand))
    return false;
  const beneficiary = draft.units[demand.place];
  const swapMs = (unit.loadMs ?? 0) + (beneficiary?.loadMs ?? 0);
  return isIdle(unit) && isAskedWithin(unit, now, swapMs);
}

/** True of a load that nobody waits for any more. */
export function isAbandoned(unit: Unit): boolean {
  return isLoading(unit) && unit.leases === 0 && !unit.pinned && unit.waiting.length === 0;
}

export function costsIn({ now, resources }: Pick<Draft, "now" | "resources">): Costs {
  return {
    now,
    reloadMs: ({ loadMs, placements }) => expectedLoadMs({ loadMs, placements, resources }),
    idleMs: (unit) => expectedIdleMs(unit, now),
  };
}

function firstTier(draft: Draft, need: Need, tiers: readonly (readonly Candidate[])[]): Room | undefined {
  const costs = costsIn(draft);
  for (const [tier, candidates] of tiers.entries()) {
    if (candidates.length === 0) continue;
    const victims = chooseVictims(draft.policy, need, candidates, costs);
    if (victims === undefined) continue;
    const cost = victims.reduce((sum, { unit }) => sum + costs.reloadMs(unit) / costs.idleMs(unit), 0);
    return { victims, tier, cost };
  }
  return undefined;
}

function mayLeave(draft: Draft, unit: Unit, place: number): boolean {
  return isUp(unit) && draft.leaving[place] === undefined && !unit.pinned;
}

function isBusy(unit: Unit, demand: Demand, now: number): boolean {
  return unit.waiting.some((request) => isAnsweredFirst(request, unit, demand, now));
}
