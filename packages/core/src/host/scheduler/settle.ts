import type { Draft } from "./draft.ts";
import { freeBytes, isUp, neededBytes } from "./ledger.ts";
import { answerExcess, isAbandoned, isIdle } from "./make-room.ts";
import { refuseHopeless } from "./refuse-hopeless.ts";
import type { ScheduledModel } from "./scheduler-state.ts";
import { serve } from "./serve.ts";

/**
 * Does all that can be done now; calling it again changes nothing. Who leaves and why is derived here from the beginning,
 * so that no mark outlives its reason.
 */
export function settle(draft: Draft): void {
  refuseHopeless(draft);
  do {
    for (const model of Object.values(draft.models)) renew(draft, model);
    for (const device of draft.devices) answerExcess(draft, device);
    serve(draft);
    // A kept model whose load has begun can leave others without hope: nobody leaves for those.
  } while (refuseHopeless(draft));
  for (const model of Object.values(draft.models)) retire(draft, model);
}

function renew(draft: Draft, model: ScheduledModel): void {
  const { name, leases, phase, pinned, wantedSince } = model;
  const leaving = phase === "unloading" ? model.leaving : standingReason(draft, model);
  if (leaving !== model.leaving) draft.change(name, { leaving });
  const bytes = renewedBytes(draft, model);
  if (bytes !== model.bytes) draft.change(name, { bytes });
  if (wantedSince === undefined) return;
  if (draft.closed || (leases === 0 && !pinned)) draft.change(name, { wantedSince: undefined });
}

/** Why a model leaves whoever waits for its room. */
function standingReason(draft: Draft, model: ScheduledModel): string | undefined {
  if (draft.closed && isUp(model)) return "closing";
  if (model.leaving === "asked" && (isUp(model) || model.leases > 0)) return "asked";
  const idleUntil = model.lastUsed + model.idleTimeout;
  return isIdle(model) && draft.now >= idleUntil && !draft.isWaitedFor(model.name) ? "idle" : undefined;
}

/** A smaller figure holds at once, a larger one as far as there is room. */
function renewedBytes(draft: Draft, model: ScheduledModel): number {
  if (model.phase === "unloading") return model.bytes;
  if (model.phase === "cold") return neededBytes(draft, model);
  const needed = neededBytes(draft, model);
  return needed <= model.bytes ? needed : model.bytes + Math.min(needed - model.bytes, freeBytes(draft, model.device));
}

/** Unloads a model that is to leave and that nothing holds any more. */
function retire(draft: Draft, { name }: ScheduledModel): void {
  const model = draft.models[name];
  if (model?.leaving === undefined || !isUp(model)) return;
  const { leases, leaving, phase } = model;
  const isHeld = phase === "ready" ? leases > 0 : !isCalledOff(draft, model);
  if (!isHeld) draft.unload(name, leaving);
}

/** True of a load whose end need not be waited for. */
function isCalledOff(draft: Draft, model: ScheduledModel): boolean {
  return (
    draft.closed ||
    (model.leaving === "asked" && model.leases === 0 && !draft.isWaitedFor(model.name)) ||
    isAbandoned(draft, model)
  );
}
