import { applyEvent } from "./apply-event.ts";
import { isBackingOff } from "./back-off.ts";
import { Draft } from "./draft.ts";
import { everydayStep } from "./everyday-step.ts";
import { type EvictionPolicy, leastRecentlyUsed } from "./eviction-policy.ts";
import { isIdle } from "./make-room.ts";
import type { ScheduledModel, SchedulerEvent, SchedulerState, Step } from "./scheduler-state.ts";
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
  return everydayStep(state, event, now) ?? settledStep(state, event, now, policy);
}

/** The step by all the rules. */
export function settledStep(
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
  let wake = Number.POSITIVE_INFINITY;
  for (const request of state.waiting) {
    wake = Math.min(wake, request.until);
    const patience = state.models[request.model]?.phase === "cold" ? patienceEnd(request) : 0;
    if (patience > state.now) wake = Math.min(wake, patience);
  }
  for (const name in state.models) {
    const model = state.models[name] as ScheduledModel;
    if (isIdle(model)) wake = Math.min(wake, model.lastUsed + model.idleTimeout);
    else if (model.wantedSince !== undefined && isBackingOff(model, state.now))
      wake = Math.min(wake, model.retryAt ?? Number.POSITIVE_INFINITY);
  }
  return wake;
}
