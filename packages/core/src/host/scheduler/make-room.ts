import type { Device } from "../../contract/device.ts";
import type { Draft } from "./draft.ts";
import { chooseVictims } from "./eviction-policy.ts";
import { isUp, leavingBytes, missingBytes, modelsOn, shortBytes } from "./ledger.ts";
import { priorityRank, type ScheduledModel } from "./scheduler-state.ts";
import { type Demand, isAnsweredFirst } from "./swap-patience.ts";

/**
 * Marks models that free `bytes` together for a demand: loads that nobody waits for any more, else idle models, which
 * leave now as well, else also such as leave when their leases are back.
 * @returns the marked models, or undefined if no eviction can make that room now
 */
export function makeRoom(
  draft: Draft,
  device: Device,
  demand: Demand,
  bytes: number,
): readonly ScheduledModel[] | undefined {
  const candidates = modelsOn(draft, device).filter(
    (model) => mayLeave(model) && (priorityRank[model.priority] >= demand.rank || isAbandoned(draft, model)),
  );
  const abandoned = candidates.filter((model) => isAbandoned(draft, model));
  // One that answers others first, in this very step, is as good as leased.
  const isBusy = (model: ScheduledModel): boolean =>
    draft.waiting.some((request) => request.model === model.name && isAnsweredFirst(request, model, demand, draft.now));
  const idle = candidates.filter((model) => (isIdle(model) && !isBusy(model)) || abandoned.includes(model));
  const victims = firstThatSuffice(draft, [abandoned, idle, candidates], bytes);
  for (const { name } of victims ?? []) draft.change(name, { leaving: `evicted for ${demand.model}` });
  return victims;
}

/**
 * Marks models for what has been measured beyond the budget: idle ones first, those that have grown themselves last,
 * and where idle ones do not suffice leased ones. Where nothing suffices all that may leave does.
 */
export function answerExcess(draft: Draft, device: Device): void {
  const excess = missingBytes(draft, device) - leavingBytes(draft, device);
  if (excess <= 0) return;
  const freed = (model: ScheduledModel): number => model.bytes + shortBytes(draft, model);
  const candidates = modelsOn(draft, device).filter(
    (model) => mayLeave(model) && (model.phase === "ready" || isAbandoned(draft, model)),
  );
  const idle = candidates.filter((model) => model.leases === 0 && !draft.isWaitedFor(model.name));
  const others = idle.filter((model) => shortBytes(draft, model) === 0);
  const victims = firstThatSuffice(draft, [others, idle, candidates], excess, freed) ?? candidates;
  for (const { name } of victims) draft.change(name, { leaving: "over budget" });
}

/** True of a load that nobody waits for any more. */
export function isAbandoned(draft: Draft, model: ScheduledModel): boolean {
  return model.phase === "loading" && model.leases === 0 && !model.pinned && !draft.isWaitedFor(model.name);
}

/** True of a ready model that nothing holds. */
export function isIdle(model: ScheduledModel): boolean {
  return model.phase === "ready" && model.leases === 0 && !model.pinned;
}

function firstThatSuffice(
  draft: Draft,
  groups: readonly (readonly ScheduledModel[])[],
  bytes: number,
  freed?: (model: ScheduledModel) => number,
): readonly ScheduledModel[] | undefined {
  for (const group of groups) {
    const victims = chooseVictims(draft.policy, group, bytes, freed);
    if (victims !== undefined) return victims;
  }
  return undefined;
}

function mayLeave(model: ScheduledModel): boolean {
  return isUp(model) && model.leaving === undefined && !model.pinned;
}
