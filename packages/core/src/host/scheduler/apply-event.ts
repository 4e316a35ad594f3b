import { addUnit } from "./add-unit.ts";
import { nothing } from "./amounts.ts";
import { isFresh, isStable, pauseMs } from "./back-off.ts";
import type { Draft } from "./draft.ts";
import { noted } from "./expected-use.ts";
import { keepGoal, loseDevice } from "./goal-and-devices.ts";
import { measuredAmounts, measuredSpots } from "./needs.ts";
import { offer } from "./offer.ts";
import { removeUnit } from "./remove-unit.ts";
import type { SchedulerEvent } from "./scheduler-event.ts";
import { isLoading, isUp, priorityRank, type Unit, type WaitingRequest } from "./scheduler-state.ts";

/** Notes what happened. What follows from it is worked out afterwards, the same way after every event. */
export function applyEvent(draft: Draft, event: SchedulerEvent): void {
  forgetOldFailures(draft);
  switch (event.type) {
    case "unit-added":
      addUnit(draft, event.unit);
      return;
    case "requested":
      enqueue(draft, { ...event.request, since: draft.now });
      return;
    case "withdrawn":
      for (let place = 0; place < draft.units.length; place++)
        if (draft.settleRequests(place, ({ id }) => id === event.id)) return;
      return;
    case "deadline":
      for (const [place, { waiting }] of draft.units.entries())
        if (waiting.some(({ id }) => id === event.id))
          draft.change(place, {
            waiting: waiting.map((request) => (request.id === event.id ? { ...request, until: event.until } : request)),
          });
      return;
    case "goal":
      keepGoal(draft, event.keep);
      return;
    case "pressure":
      draft.resources = draft.resources.map((resource) =>
        resource.name === event.device ? { ...resource, pressure: event.level } : resource,
      );
      return;
    case "device-gone":
      loseDevice(draft, event.device);
      return;
    case "closed":
      draft.closed = true;
      return;
    case "time-passed":
      return;
    default: {
      const place = draft.places.get(event.unit);
      if (place !== undefined) applyToUnit(draft, event, place);
    }
  }
}

type UnitEvent = Extract<SchedulerEvent, { readonly unit: string }>;

function applyToUnit(draft: Draft, event: UnitEvent, place: number): void {
  const { now } = draft;
  const unit = draft.unit(place);
  const { phase } = unit;
  const change = (changed: Partial<Unit>): void => draft.change(place, changed);
  switch (event.type) {
    case "unit-removed":
      removeUnit(draft, place);
      return;
    case "released":
      change({ leases: Math.max(0, unit.leases - 1), lastUsed: now });
      // An answer some time after the load shows that the unit works.
      if (phase === "ready" && !isFresh(unit, now)) change({ failure: undefined });
      return;
    case "pinned":
      // The lease that pins is older than an unload that was asked for meanwhile: the later wish stands.
      if (!unit.isAsked) change({ pinned: true });
      return;
    case "kept": {
      const { priority, required, pinned } = event;
      change({ priority, required });
      // As above: an unload that was asked for meanwhile is the later wish.
      if (pinned !== undefined && !unit.isAsked) change({ pinned, ...(pinned ? {} : { goal: undefined }) });
      return;
    }
    case "offered":
      offer(draft, place);
      return;
    case "unload-asked":
      change({ pinned: false, goal: undefined, wantedSince: undefined, ...(isUp(unit) ? { isAsked: true } : {}) });
      // The last wish counts: whoever waits for the load now came before this one.
      if (isLoading(unit) && unit.waiting.some(({ isAfterUnload }) => isAfterUnload))
        change({ waiting: unit.waiting.map((request) => ({ ...request, isAfterUnload: false })) });
      forgetFinalFailure(draft, place);
      return;
    case "unload-withdrawn":
      if (phase !== "draining") change({ isAsked: false });
      return;
    case "preparing":
      if (phase === "loading") change({ phase: "preparing" });
      return;
    case "loaded":
      if (isLoading(unit))
        change({
          phase: "ready",
          lastUsed: now,
          loadedAt: now,
          wantedSince: undefined,
          leftAt: undefined,
          ...loadTimes(unit, now),
        });
      return;
    case "measured":
      measure(draft, place, event);
      return;
    case "load-failed": {
      if (!isLoading(unit)) return;
      draft.settleRequests(place, (request) => {
        draft.refuse(request, { kind: "load-failed", model: request.model });
        return true;
      });
      const attempt = (unit.failure?.attempt ?? 0) + 1;
      const until = event.isFinal === true ? Number.POSITIVE_INFINITY : now + pauseMs(attempt);
      goDown(draft, place, { failure: { attempt, until } });
      return;
    }
    case "mended":
      endPause(draft, place);
      return;
    case "unloaded":
      if (phase === "draining")
        change({
          phase: "cold",
          placement: undefined,
          reserved: nothing,
          drains: undefined,
          isAsked: false,
          loadedAt: undefined,
        });
      return;
    case "crashed":
      if (phase === "ready") crash(draft, place, event.isUnderWork === true);
      return;
    case "keep-alive":
      if (!Number.isNaN(event.ms)) change({ keepAlive: event.ms, keepAliveNow: event.ms });
      return;
  }
}

/** The most urgent class first, inside a class in order of arrival. */
function enqueue(draft: Draft, request: WaitingRequest): void {
  const place = draft.places.get(request.model);
  if (place === undefined) {
    draft.refuse(request, { kind: "closed", model: request.model });
    return;
  }
  const unit = draft.unit(place);
  const rank = priorityRank[request.priority];
  let i = unit.waiting.length;
  while (i > 0 && priorityRank[(unit.waiting[i - 1] as WaitingRequest).priority] > rank) i--;
  const waiting = unit.waiting.slice();
  waiting.splice(i, 0, unit.isAsked ? { ...request, isAfterUnload: true } : request);
  draft.change(place, { waiting, leftAt: undefined, use: noted(unit.use, draft.now) });
}

/** A load that made a prepared form first says nothing of the next. */
function loadTimes(unit: Unit, now: number): Pick<Unit, "loadMs" | "fastestLoadMs"> {
  const { loadMs, fastestLoadMs, loadStartedAt, phase } = unit;
  if (phase === "preparing") return { loadMs, fastestLoadMs };
  const ms = now - loadStartedAt;
  if (loadMs === undefined) return { loadMs: ms, fastestLoadMs: ms };
  return { loadMs: (loadMs + ms) / 2, fastestLoadMs: Math.min(fastestLoadMs, ms) };
}

function measure(draft: Draft, place: number, event: Extract<UnitEvent, { type: "measured" }>): void {
  const unit = draft.unit(place);
  const resident = measuredAmounts(event.resident, unit.resident, draft.resources);
  const peak = event.peak === undefined ? unit.peak : measuredAmounts(event.peak, unit.peak, draft.resources);
  if (resident === undefined || peak === undefined) return;
  const measured = { ...unit, resident, peak };
  draft.change(place, { resident, peak, placements: measuredSpots(measured, draft.resources) });
}

/** An input that ends its runner says nothing against the unit: others must not wait for it. */
function crash(draft: Draft, place: number, isUnderWork: boolean): void {
  const { now } = draft;
  const unit = draft.unit(place);
  const isFailure = !isUnderWork && isFresh(unit, now);
  const attempt = (unit.failure?.attempt ?? 0) + 1;
  goDown(draft, place, {
    ...(isFailure ? { failure: { attempt, until: now + pauseMs(attempt) } } : {}),
    wantedSince: unit.wantedSince ?? now,
  });
}

/**
 * A unit that is not up any more. One whose leases, pin or goal miss it is loaded again in its own reservation, whatever
 * else was planned for it; where it must pause first, it gives its bytes back meanwhile.
 */
function goDown(draft: Draft, place: number, changed: Partial<Unit>): void {
  const { now } = draft;
  const unit = { ...draft.unit(place), ...changed };
  const { name, failure, leases, pinned, wantedSince } = unit;
  const isWanted = wantedSince !== undefined && (leases > 0 || pinned) && !draft.closed;
  const pauses = failure !== undefined && failure.until > now;
  draft.change(place, {
    ...changed,
    // Only an unload by name outlives the crash, and only until the leases are back.
    isAsked: leases > 0 && unit.isAsked,
    loadedAt: undefined,
    leftAt: undefined,
    wantedSince: isWanted ? wantedSince : undefined,
  });
  const spot = unit.placement === undefined ? undefined : unit.placements[unit.placement];
  const isGone = draft.resources.some((resource) => resource.isGone && resource.name === spot?.device);
  if (isWanted && !pauses && spot !== undefined && !isGone) {
    draft.change(place, { phase: "loading", lastUsed: now, loadStartedAt: now });
    draft.actions.push({ type: "load", unit: name, device: spot.device, reason: { kind: "missed", leases } });
  } else draft.change(place, { phase: pauses ? "failed" : "cold", placement: undefined, reserved: nothing });
  if (failure !== undefined && pauses)
    draft.actions.push({ type: "back-off", unit: name, retryAt: failure.until, failures: failure.attempt });
}

function forgetOldFailures(draft: Draft): void {
  for (let place = 0; place < draft.units.length; place++) {
    const unit = draft.unit(place);
    if (unit.failure === undefined) continue;
    if (isStable(unit, draft.now)) draft.change(place, { failure: undefined });
    else if (unit.phase === "failed" && unit.failure.until <= draft.now) draft.change(place, { phase: "cold" });
  }
}

/** Whoever says that it is mended is believed at once; of what can pass by itself the failures still count if it is not. */
function endPause(draft: Draft, place: number): void {
  forgetFinalFailure(draft, place);
  const { phase, failure } = draft.unit(place);
  if (phase === "failed" && failure !== undefined)
    draft.change(place, { phase: "cold", failure: { ...failure, until: draft.now } });
}

/** Whoever asks by name has mended what was wrong, or takes the answer. */
function forgetFinalFailure(draft: Draft, place: number): void {
  const { phase, failure } = draft.unit(place);
  if (failure?.until === Number.POSITIVE_INFINITY)
    draft.change(place, { failure: undefined, ...(phase === "failed" ? { phase: "cold" } : {}) });
}
