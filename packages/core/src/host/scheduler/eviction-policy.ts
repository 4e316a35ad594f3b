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
 * undefined if all of them together do not.
 */
export function chooseVictims(
  policy: EvictionPolicy,
  candidates: readonly ScheduledModel[],
  bytes: number,
): readonly ScheduledModel[] | undefined {
  const taken: ScheduledModel[] = [];
  let freed = 0;
  for (const model of policy(candidates)) {
    if (freed >= bytes) break;
    taken.push(model);
    freed += model.bytes;
  }
  if (freed < bytes) return undefined;
  // A large late victim can make small early ones superfluous: give those back, the dearest first.
  for (const model of [...taken].reverse()) {
    if (freed - model.bytes >= bytes) {
      freed -= model.bytes;
      taken.splice(taken.indexOf(model), 1);
    }
  }
  return taken;
}
