import { priorityRank, type ScheduledModel } from "./scheduler-state.ts";

/**
 * Orders the models that could make room, the one to give up first at the front. Pure: the same candidates give the
 * same order.
 */
export type EvictionPolicy = (candidates: readonly ScheduledModel[]) => readonly ScheduledModel[];

/** Lowest priority class first, inside a class the least recently used, names last so that the order is total. */
export const leastRecentlyUsed: EvictionPolicy = (candidates) =>
  [...candidates].sort(
    (a, b) =>
      priorityRank[b.priority] - priorityRank[a.priority] || a.lastUsed - b.lastUsed || (a.name < b.name ? -1 : 1),
  );

/**
 * The first models in the policy's order that free `bytes` together, without those that turn out not to be needed;
 * undefined if all of them together do not. What a policy returns beside the candidates is left out.
 * @param freed bytes that come back when the model leaves
 */
export function chooseVictims(
  policy: EvictionPolicy,
  candidates: readonly ScheduledModel[],
  bytes: number,
  freed: (model: ScheduledModel) => number = (model) => model.bytes,
): readonly ScheduledModel[] | undefined {
  const taken = new Set<ScheduledModel>();
  let total = 0;
  for (const model of policy(candidates)) {
    if (total >= bytes) break;
    if (taken.has(model) || !candidates.includes(model)) continue;
    taken.add(model);
    total += freed(model);
  }
  if (total < bytes) return undefined;
  // A large late victim can make small early ones superfluous: give those back, the dearest first.
  for (const model of [...taken].reverse()) {
    if (total - freed(model) < bytes) continue;
    total -= freed(model);
    taken.delete(model);
  }
  return [...taken];
}
