import { applyEvent } from "./apply-event.ts";
import { costAware } from "./cost-aware.ts";
import { demands, hopeEnd } from "./demands.ts";
import { Draft } from "./draft.ts";
import { everydayStep } from "./everyday-step.ts";
import type { EvictionPolicy } from "./eviction-policy.ts";
import { isAbandoned } from "./make-room.ts";
import type { Reason } from "./reason.ts";
import type { SchedulerEvent, Step } from "./scheduler-event.ts";
import { isIdle, type SchedulerState } from "./scheduler-state.ts";
import { abandonedUntil, keepAliveOf, settle } from "./settle.ts";
import { patienceEnd, turnOf } from "./swap-patience.ts";

/**
 * The whole of scheduling: what happened at `now`, and what follows. Pure and synchronous; no clock, no I/O. Whoever
 * calls it carries out the actions and reports back with further events.
 *
 * It keeps: what is reserved never exceeds a budget, and a measured excess makes somebody leave; a leased or pinned unit
 * is never unloaded to make room; what can never fit is refused at once, before anything is unloaded; who cannot be
 * helped now stands in nobody's way; every request is granted or refused no later than its `until`; a unit that fails
 * is loaded again with growing pauses.
 */
export function schedule(
  state: SchedulerState,
  event: SchedulerEvent,
  now: number,
  policy: EvictionPolicy = costAware,
): Step {
  return everydayStep(state, event, now) ?? settledStep(state, event, now, policy);
}

/** The step by all the rules. */
export function settledStep(
  state: SchedulerState,
  event: SchedulerEvent,
  now: number,
  policy: EvictionPolicy = costAware,
): Step {
  const draft = new Draft(state, now, policy);
  applyEvent(draft, event);
  settle(draft);
  return draft.step;
}

/** Who is to leave as things stand, and why, by name: those that drain included. Derived, as in every step. */
export function leavingUnits(state: SchedulerState, policy: EvictionPolicy = costAware): ReadonlyMap<string, Reason> {
  const draft = new Draft(state, state.now, policy);
  settle(draft);
  const leaving = new Map<string, Reason>();
  for (const [place, { name, drains }] of draft.units.entries()) {
    const reason = draft.leaving[place] ?? drains;
    if (reason !== undefined) leaving.set(name, reason);
  }
  return leaving;
}

/**
 * Time of the next thing that happens by itself: a wait or a turn that ends, a request that becomes hopeless, a unit
 * that has idled enough, a load that may be tried again or that nobody came back for. Infinity if there is none.
 */
export function nextWake(state: SchedulerState): number {
  const { now, resources } = state;
  let wake = Number.POSITIVE_INFINITY;
  const atLast = (time: number): void => {
    if (time < wake) wake = time;
  };
  for (const unit of state.units) {
    for (const request of unit.waiting) {
      atLast(request.until);
      const hope = hopeEnd(request, unit);
      if (unit.phase === "cold" && hope > now) atLast(hope);
    }
    if (isIdle(unit)) atLast(unit.lastUsed + keepAliveOf(unit, resources));
    else if (isAbandoned(unit) && unit.leftAt !== undefined) atLast(abandonedUntil(unit, state.units));
    else if (unit.phase === "failed" && unit.wantedSince !== undefined && unit.failure !== undefined)
      atLast(unit.failure.until);
  }
  for (const demand of demands(state)) {
    const end = patienceEnd(demand);
    if (end > now) atLast(end);
    for (const unit of state.units)
      if (unit.phase === "ready" && unit.waiting.length > 0) atLast(turnOf(demand, unit, now).until);
  }
  return wake;
}
