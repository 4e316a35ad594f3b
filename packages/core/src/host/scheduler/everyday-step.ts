import { noted } from "./expected-use.ts";
import type { SchedulerAction, SchedulerEvent, Step } from "./scheduler-event.ts";
import type { SchedulerState, Unit } from "./scheduler-state.ts";

/**
 * The step of what happens twice in every call: a lease on a unit that is ready, and a lease given back, while nobody
 * waits, nothing leaves and nothing comes due. It concerns one unit alone, so nothing else is looked for. The rules of
 * `settle` come to the same, as a test holds.
 * @returns undefined where more may follow
 */
export function everydayStep(state: SchedulerState, event: SchedulerEvent, time: number): Step | undefined {
  if (event.type !== "requested" && event.type !== "released") return undefined;
  const now = Math.max(time, state.now);
  const place = state.places.get(event.type === "requested" ? event.request.model : event.unit);
  const unit = place === undefined ? undefined : state.units[place];
  if (place === undefined || unit?.phase !== "ready" || !isCalm(state, now)) return undefined;
  if (event.type === "requested") {
    const { id, until, keepAlive } = event.request;
    if (!(now < until)) return undefined;
    const changed = {
      keepAliveNow: keepAlive ?? Math.max(unit.keepAliveNow, unit.keepAlive),
      use: noted(unit.use, now),
    };
    return step(state, now, place, { ...unit, ...changed, leases: unit.leases + 1, lastUsed: now }, [
      { type: "grant", id, unit: unit.name },
    ]);
  }
  if (unit.leases === 0 || !(now < now + unit.keepAliveNow)) return undefined;
  return step(state, now, place, { ...unit, leases: unit.leases - 1, lastUsed: now }, []);
}

function step(
  state: SchedulerState,
  now: number,
  place: number,
  unit: Unit,
  actions: readonly SchedulerAction[],
): Step {
  const units = state.units.slice();
  units[place] = unit;
  return { state: { ...state, now, units }, actions };
}

/** True where nothing is under way that an event of one unit could touch, and nothing has come due by itself. */
function isCalm(state: SchedulerState, now: number): boolean {
  // A time that is no number is the state's own.
  if (Number.isNaN(now) || state.closed) return false;
  for (const { pressure, isGone } of state.resources) if (pressure !== "none" || isGone) return false;
  for (const unit of state.units) {
    const { phase, leases, pinned, isAsked, wantedSince, failure, waiting } = unit;
    if (waiting.length > 0 || isAsked || wantedSince !== undefined || failure !== undefined) return false;
    if (phase === "cold") continue;
    if (phase !== "ready" || unit.placements[unit.placement ?? 0]?.needs !== unit.reserved) return false;
    if (leases === 0 && !pinned && !(now < unit.lastUsed + unit.keepAliveNow)) return false;
  }
  return true;
}
