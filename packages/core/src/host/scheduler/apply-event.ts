import { isFresh, isStable, pauseMs } from "./back-off.ts";
import type { Draft } from "./draft.ts";
import { isUp } from "./ledger.ts";
import type { AddedModel, ScheduledModel, SchedulerEvent } from "./scheduler-state.ts";

/** Notes what happened. What follows from it is worked out afterwards, the same way after every event. */
export function applyEvent(draft: Draft, event: SchedulerEvent): void {
  forgetOldFailures(draft);
  switch (event.type) {
    case "model-added":
      addModel(draft, event.model);
      return;
    case "requested":
      draft.waiting = [...draft.waiting, { ...event.request, since: draft.now }];
      return;
    case "withdrawn":
      draft.waiting = draft.waiting.filter((request) => request.id !== event.id);
      return;
    case "closed":
      draft.closed = true;
      return;
    case "time-passed":
      return;
    default: {
      const model = draft.models[event.model];
      if (model !== undefined) applyToModel(draft, event, model);
    }
  }
}

type ModelEvent = Extract<SchedulerEvent, { readonly model: string }>;

function applyToModel(draft: Draft, event: ModelEvent, model: ScheduledModel): void {
  const { now } = draft;
  const { name, phase } = model;
  switch (event.type) {
    case "model-removed":
      if (phase === "cold" && model.leases === 0 && !draft.isWaitedFor(name)) delete draft.models[name];
      return;
    case "released":
      draft.change(name, { leases: Math.max(0, model.leases - 1), lastUsed: now });
      // An answer some time after the load shows that the model works.
      if (phase === "ready" && !isFresh(model, now)) draft.change(name, { failures: 0, retryAt: undefined });
      return;
    case "pinned":
      // The lease that pins is older than an unload that was asked for meanwhile: the later wish stands.
      if (model.leaving !== "asked") draft.change(name, { pinned: true });
      return;
    case "kept":
      // As above: an unload that was asked for meanwhile is the later wish.
      if (event.pinned !== undefined && model.leaving !== "asked") draft.change(name, { pinned: event.pinned });
      draft.change(name, { priority: event.priority });
      return;
    case "unload-asked":
      draft.change(name, { pinned: false, wantedSince: undefined, ...(isUp(model) ? { leaving: "asked" } : {}) });
      return;
    case "unload-withdrawn":
      if (phase !== "unloading" && model.leaving === "asked") draft.change(name, { leaving: undefined });
      return;
    case "loaded":
      if (phase !== "loading") return;
      draft.change(name, { phase: "ready", lastUsed: now, loadedAt: now, wantedSince: undefined });
      return;
    case "measured":
      if (Number.isFinite(event.bytes) && event.bytes >= 0) draft.change(name, { measuredBytes: event.bytes });
      return;
    case "load-failed":
      if (phase !== "loading") return;
      draft.refuse((request) => (request.model === name ? { kind: "load-failed", model: name } : undefined));
      goDown(draft, { ...model, failures: model.failures + 1, retryAt: now + pauseMs(model.failures + 1) });
      return;
    case "unloaded":
      if (phase === "unloading") draft.change(name, { phase: "cold", leaving: undefined, loadedAt: undefined });
      return;
    case "crashed": {
      if (phase !== "ready") return;
      // What dies under work may die of the work: that is no fault of its load, and others must not wait for it.
      const failures = model.failures + (isFresh(model, now) && event.isUnderWork !== true ? 1 : 0);
      const retryAt = failures > model.failures ? now + pauseMs(failures) : model.retryAt;
      goDown(draft, { ...model, failures, retryAt, wantedSince: now });
      return;
    }
  }
}

function addModel(draft: Draft, added: AddedModel): void {
  if (draft.models[added.name] !== undefined) return;
  // A size that is no number fits nowhere; a timeout that is none never passes.
  const declaredBytes = Number.isNaN(added.bytes) ? Number.POSITIVE_INFINITY : Math.max(0, added.bytes);
  draft.models[added.name] = {
    ...added,
    declaredBytes,
    bytes: declaredBytes,
    measuredBytes: undefined,
    idleTimeout: Number.isNaN(added.idleTimeout) ? Number.POSITIVE_INFINITY : added.idleTimeout,
    phase: "cold",
    leases: 0,
    leaving: undefined,
    lastUsed: draft.now,
    loadedAt: undefined,
    failures: 0,
    retryAt: undefined,
    wantedSince: undefined,
  };
}

function forgetOldFailures(draft: Draft): void {
  for (const model of Object.values(draft.models)) {
    if (model.failures > 0 && isStable(model, draft.now)) {
      draft.change(model.name, { failures: 0, retryAt: undefined });
    }
  }
}

/**
 * A model that is not up any more. One whose leases or whose pin miss it is loaded again in its own reservation, whatever
 * else was planned for it; where it must pause first, it gives its bytes back meanwhile.
 */
function goDown(draft: Draft, model: ScheduledModel): void {
  const { name, failures, leases, pinned, retryAt, wantedSince } = model;
  const { now } = draft;
  const isWanted = wantedSince !== undefined && (leases > 0 || pinned) && !draft.closed;
  const isDue = retryAt === undefined || retryAt <= now;
  // Only an unload by name outlives the crash, and only until the leases are back.
  const leaving = leases > 0 && model.leaving === "asked" ? model.leaving : undefined;
  const down = { ...model, leaving, loadedAt: undefined, wantedSince: isWanted ? wantedSince : undefined };
  if (isWanted && isDue) draft.load(name, down);
  else draft.change(name, { ...down, phase: "cold" });
  if (retryAt !== undefined && retryAt > now) draft.actions.push({ type: "back-off", model: name, retryAt, failures });
}
