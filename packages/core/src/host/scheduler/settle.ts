import { add, at, nothing } from "./amounts.ts";
import { type Draft, shortOf } from "./draft.ts";
import { answerExcess, isAbandoned } from "./make-room.ts";
import type { Reason } from "./reason.ts";
import { refuseHopeless } from "./refuse-hopeless.ts";
import type { Pressure, Resource } from "./resource.ts";
import { isIdle, isLoading, isUp, type Unit } from "./scheduler-state.ts";
import { serve } from "./serve.ts";

/** Milliseconds that a load which nobody waits for goes on, at the least: who came too early may come again. */
export const abandonedAfterMs = 2000;
/** Milliseconds of keep-alive under soft pressure, at the most. */
const keepAliveUnderPressureMs = 60_000;

/**
 * Does all that can be done now; calling it again changes nothing. Who leaves and why is derived here from the beginning,
 * so that no mark outlives its reason.
 */
export function settle(draft: Draft): void {
  refuseHopeless(draft);
  do {
    do {
      draft.openBooks();
      for (let place = 0; place < draft.units.length; place++) renew(draft, place);
      grow(draft);
      answerExcess(draft);
      serve(draft);
      // A kept unit whose load has begun can leave others without hope: nobody leaves for those.
    } while (refuseHopeless(draft));
    // A load that is called off lets another begin.
  } while (retireAll(draft));
}

/** @returns whether a load was called off */
function retireAll(draft: Draft): boolean {
  let any = false;
  for (let place = 0; place < draft.units.length; place++) {
    const wasLoading = isLoading(draft.unit(place));
    if (retire(draft, place)) any ||= wasLoading;
  }
  return any;
}

function renew(draft: Draft, place: number): void {
  const unit = draft.unit(place);
  const { leases, pinned, wantedSince, isAsked } = unit;
  if (wantedSince !== undefined && (draft.closed || (leases === 0 && !pinned)))
    draft.change(place, { wantedSince: undefined });
  if (isAsked && !isUp(unit) && unit.phase !== "draining" && leases === 0) draft.change(place, { isAsked: false });
  // A new wish to unload starts with the books of this step.
  const reason = isUp(unit) ? standingReason(draft, unit) : undefined;
  if (reason !== undefined) draft.mark(place, reason);
}

/** Why a unit leaves whoever waits for its room. */
function standingReason(draft: Draft, unit: Unit): Reason | undefined {
  if (draft.closed) return { kind: "closing" };
  if (unit.isAsked) return { kind: "asked" };
  if (isAbandoned(unit) && unit.leftAt !== undefined && draft.now >= abandonedUntil(unit, draft.units))
    return { kind: "abandoned", ms: draft.now - unit.leftAt };
  if (!isIdle(unit) || unit.waiting.length > 0) return undefined;
  const keepAlive = keepAliveOf(unit, draft.resources);
  if (!(draft.now >= unit.lastUsed + keepAlive)) return undefined;
  const device = unit.placements[unit.placement ?? 0]?.device;
  const level = pressureOn(unit, draft.resources);
  if (level !== "none" && device !== undefined && keepAlive < unit.keepAliveNow)
    return { kind: "pressure", device, level };
  return { kind: "idle", keepAlive };
}

/**
 * Time until which a load goes on that nobody waits for: while nobody else has to load either, as long again as it has taken.
 * A caller with a time-out shorter than the load, who tries again after a while, would otherwise begin it anew for ever.
 */
export function abandonedUntil({ leftAt = 0, loadStartedAt }: Unit, units: readonly Unit[]): number {
  const isInTheWay = units.some(
    ({ phase, waiting, wantedSince }) => phase === "cold" && (waiting.length > 0 || wantedSince !== undefined),
  );
  return leftAt + (isInTheWay ? abandonedAfterMs : Math.max(abandonedAfterMs, leftAt - loadStartedAt));
}

/** Milliseconds that an idle unit stays, under the pressure that there is. */
export function keepAliveOf(unit: Unit, resources: readonly Resource[]): number {
  const level = pressureOn(unit, resources);
  if (level === "none") return unit.keepAliveNow;
  return Math.min(unit.keepAliveNow, level === "soft" ? keepAliveUnderPressureMs : 0);
}

function pressureOn(unit: Unit, resources: readonly Resource[]): Pressure {
  let worst: Pressure = "none";
  for (let i = 0; i < resources.length; i++) {
    const { pressure = "none" } = resources[i] ?? {};
    if (pressure === "none" || at(unit.reserved, i) === 0) continue;
    if (pressure === "hard") return pressure;
    worst = pressure;
  }
  return worst;
}

/** A smaller figure holds at once, a larger one as far as there is room. */
function grow(draft: Draft): void {
  for (let place = 0; place < draft.units.length; place++) {
    const unit = draft.unit(place);
    if (!isUp(unit) || unit.placement === undefined) continue;
    const needs = unit.placements[unit.placement]?.needs ?? nothing;
    if (needs === unit.reserved) continue;
    const reserved = needs.map((needed, i) => {
      const now = at(unit.reserved, i);
      return needed <= now ? needed : now + Math.max(0, Math.min(needed - now, at(draft.free, i)));
    });
    add(draft.free, unit.reserved);
    add(draft.free, reserved, -1);
    if (draft.leaving[place] !== undefined) {
      add(draft.coming, unit.reserved, -1);
      add(draft.coming, reserved);
    }
    const isWhole = needs.every((needed, i) => needed === reserved[i]);
    const isSame = reserved.every((amount, i) => amount === at(unit.reserved, i));
    if (isWhole) draft.change(place, { reserved: needs });
    else if (!isSame) draft.change(place, { reserved });
    const short = shortOf(draft.unit(place));
    if (short !== undefined && draft.leaving[place] === undefined) add(draft.missing, short);
  }
}

/** Unloads a unit that is to leave and that nothing holds any more. @returns whether it did */
function retire(draft: Draft, place: number): boolean {
  const reason = draft.leaving[place];
  const unit = draft.unit(place);
  if (reason === undefined || !isUp(unit)) return false;
  const isHeld = isLoading(unit) ? !isCalledOff(draft, unit) : unit.leases > 0 || draft.held.has(place);
  if (!isHeld) draft.unload(place, reason);
  return !isHeld;
}

/** True of a load whose end need not be waited for. */
function isCalledOff(draft: Draft, unit: Unit): boolean {
  const isForNobody = unit.leases === 0 && unit.waiting.every(({ isAfterUnload }) => isAfterUnload);
  return draft.closed || (unit.isAsked && isForNobody) || isAbandoned(unit);
}
