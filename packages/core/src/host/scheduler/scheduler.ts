import { applyEvent } from "./apply-event.ts";
import { isBackingOff } from "./back-off.ts";
import { Draft } from "./draft.ts";
import { type EvictionPolicy, leastRecentlyUsed } from "./eviction-policy.ts";
import { isIdle } from "./make-room.ts";
import type { SchedulerEvent, SchedulerState, Step } from "./scheduler-state.ts";
import { settle } from "./settle.ts";
import { patienceEnd } from "./swap-patience.ts";

/**
 * The whole of scheduling: what happened at `now`, and what follows. Pure and synchronous; no clock, no I/O. Whoever
 * calls it carries out the actions and reports back with further events.
 *
 * It keeps: reserved bytes never exceed a budget, and a measured excess makes somebody leave; a leased or pinned model
 * is never unloaded to make room; what can never fit is refused at once, before anything is unloaded; who cannot be
 * helped now stands in nobody's way; every request is granted or refused no later than its `until`; a model that fails
 * is loaded again with growing pauses.
 */
export function schedule(
  state: SchedulerState,
  event: SchedulerEvent,
  now: number,
  policy: EvictionPolicy = leastRecentlyUsed,
): Step {
  const draft = new Draft(state, now, policy);
  applyEvent(draft, event);
  settle(draft);
  return draft.step;
}

/**
 * Time of the next thing that happens by itself: a wait or a patience that ends, a model that has idled enough, a load
 * that may be tried again. Infinity if there is none.
 */
export function nextWake(state: SchedulerState): number {
  const models = Object.values(state.models);
  const waits = state.waiting.map((request) => request.until);
  const patience = state.waiting
    .filter((request) => state.models[request.model]?.phase === "cold")
    .map(patienceEnd)
    .filter((end) => end > state.now);
  const idle = models.filter(isIdle).map((model) => model.lastUsed + model.idleTimeout);
  const retries = models
    .filter((model) => model.wantedSince !== undefined && isBackingOff(model, state.now))
    .map((model) => model.retryAt ?? Number.POSITIVE_INFINITY);
  return Math.min(Number.POSITIVE_INFINITY, ...waits, ...patience, ...idle, ...retries);
}
