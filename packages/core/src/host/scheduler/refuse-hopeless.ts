import { add, at } from "./amounts.ts";
import type { Draft } from "./draft.ts";
import { hasNoRoom } from "./goal-and-devices.ts";
import type { Refusal } from "./scheduler-event.ts";
import { isDown, type SchedulerState, type Unit, type WaitingRequest } from "./scheduler-state.ts";

/** Refuses what waits in vain, before anything is unloaded for it. @returns whether there was any */
export function refuseHopeless(draft: Draft): boolean {
  let kept: readonly number[] | undefined;
  let any = false;
  for (let place = 0; place < draft.units.length; place++) {
    const unit = draft.unit(place);
    if (unit.waiting.length === 0) continue;
    if (unit.phase === "cold") kept ??= keptAmounts(draft);
    const forAll = refusalOfAll(draft, unit, kept ?? []);
    const refused = draft.settleRequests(place, (request) => {
      const refusal = forAll?.(request) ?? (draft.now < request.until ? undefined : lateRefusal(draft, unit, request));
      if (refusal === undefined) return false;
      draft.refuse(request, refusal);
      return true;
    });
    any ||= refused;
  }
  return any;
}

/** What no eviction can bring back. */
export function keptAmounts({ units }: Pick<SchedulerState, "units">): readonly number[] {
  const kept: number[] = [];
  for (const unit of units) if (unit.pinned && !isDown(unit)) add(kept, unit.reserved);
  return kept;
}

/** Why nobody who waits for the unit is served; undefined where some may be. */
function refusalOfAll(
  draft: Draft,
  unit: Unit,
  kept: readonly number[],
): ((request: WaitingRequest) => Refusal) | undefined {
  if (draft.closed) return ({ model }) => ({ kind: "closed", model });
  const { failure, phase } = unit;
  if (phase === "failed" && failure !== undefined)
    return ({ model }) => ({ kind: "backing-off", model, retryAt: failure.until, failures: failure.attempt });
  if (phase !== "cold") return undefined;
  const lack = hasNoRoom(draft, unit, kept);
  return lack === undefined ? undefined : ({ model }) => ({ ...lack, model });
}

/** A limit that is no number has passed. */
function lateRefusal(draft: Draft, unit: Unit, { model }: WaitingRequest): Refusal {
  const spot = unit.placements[unit.placement ?? 0];
  const i = Math.max(
    0,
    draft.resources.findIndex(({ name }) => name === spot?.device),
  );
  let reserved = 0;
  for (const other of draft.units) reserved += at(other.reserved, i);
  const { name, budget } = draft.resources[i] ?? { name: "cpu", budget: 0 };
  return {
    kind: "waited-too-long",
    model,
    phase: unit.phase,
    resource: name,
    bytes: unit.phase === "cold" ? at(spot?.needs ?? [], i) : at(unit.reserved, i),
    budget,
    reserved,
  };
}
