import { priorityRank, type ScheduledModel, type WaitingRequest } from "./scheduler-state.ts";

/**
 * Milliseconds that a request lets a ready model of its class go on answering others before the model makes room. A
 * load takes from milliseconds to seconds: a swap that waits this long is shared by the requests that came meanwhile,
 * and its cost stays in proportion to the work between two swaps.
 */
export const swapPatienceMs = 1000;

/** Who waits for a cold model: a request, or the leases and the pin of a model that was up. */
export interface Demand {
  readonly model: string;
  /** Rank of its class; less is more urgent. */
  readonly rank: number;
  readonly since: number;
  readonly until: number;
}

/** Time from which the models that make room for it give no new leases. Half of a short wait is left for the load. */
export function patienceEnd({ since, until }: Pick<Demand, "since" | "until">): number {
  return since + Math.min(swapPatienceMs, (until - since) / 2);
}

/**
 * True if a ready model that makes room for the beneficiary answers the request first. What waited when the model became
 * ready is why it was loaded, so all of it is answered, however long the load took; what comes later is answered while
 * the patience lasts. Both are bounded: the beneficiary gets its turn under any traffic.
 */
export function isAnsweredFirst(
  request: WaitingRequest,
  model: ScheduledModel,
  beneficiary: Demand,
  now: number,
): boolean {
  const rank = priorityRank[request.priority];
  if (rank !== beneficiary.rank) return rank < beneficiary.rank;
  return (model.loadedAt !== undefined && request.since <= model.loadedAt) || now < patienceEnd(beneficiary);
}
