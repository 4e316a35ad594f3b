import type { Device } from "../../contract/device.ts";
import { add, at } from "./amounts.ts";
import type { Draft } from "./draft.ts";
import type { NeverFits } from "./scheduler-event.ts";
import { isDown, isUp, type Unit } from "./scheduler-state.ts";

/** What is to be kept, the most important first. It is pinned, and missed while it is down. */
export function keepGoal(draft: Draft, keep: readonly string[]): void {
  const goals = new Map<number, number>();
  for (const name of keep) {
    const place = draft.places.get(name);
    if (place !== undefined && !goals.has(place)) goals.set(place, goals.size);
  }
  const kept: number[] = [];
  for (const [place, unit] of draft.units.entries()) {
    const goal = goals.get(place);
    if (goal === undefined && unit.goal !== undefined) draft.change(place, { goal, pinned: false });
    if (goal === undefined) continue;
    const wantedSince = isUp(unit) ? unit.wantedSince : (unit.wantedSince ?? draft.now);
    // What is to be kept now was asked to leave before.
    draft.change(place, { goal, pinned: true, isAsked: false, wantedSince });
  }
  for (const place of goals.keys()) {
    const unit = draft.unit(place);
    const refusal = hasNoRoom(draft, unit, kept);
    if (refusal !== undefined) draft.actions.push({ type: "cannot-keep", unit: unit.name, refusal });
    else add(kept, unit.placements[0]?.needs ?? []);
  }
}

/** Why a unit fits nowhere beside so much that is kept; undefined where it fits. */
export function hasNoRoom(
  { resources }: Pick<Draft, "resources">,
  unit: Unit,
  kept: readonly number[],
  model: string = unit.name,
): NeverFits | undefined {
  let refusal: NeverFits | undefined;
  for (const spot of unit.placements) {
    let lack: NeverFits | undefined;
    for (let i = 0; i < spot.needs.length && lack === undefined; i++) {
      const bytes = at(spot.needs, i);
      const resource = resources[i];
      const budget = resource === undefined || resource.isGone ? 0 : resource.budget;
      const isThere = !(resource?.name === spot.device && resource.isGone);
      if (isThere && (bytes === 0 || bytes <= budget - at(kept, i))) continue;
      lack = { kind: "never-fits", model, resource: resource?.name ?? spot.device, bytes, budget, kept: at(kept, i) };
    }
    if (lack === undefined) return undefined;
    refusal ??= lack;
  }
  return refusal;
}

/** A device that is there no more: what is on it drains, and what its leases or the goal miss is looked for elsewhere. */
export function loseDevice(draft: Draft, device: Device): void {
  draft.resources = draft.resources.map((resource) =>
    resource.name === device ? { ...resource, isGone: true } : resource,
  );
  for (const [place, unit] of draft.units.entries()) {
    const spot = unit.placement === undefined ? undefined : unit.placements[unit.placement];
    if (spot?.device !== device || isDown(unit)) continue;
    const isMissed = unit.leases > 0 || unit.pinned;
    draft.change(place, { wantedSince: isMissed && !draft.closed ? (unit.wantedSince ?? draft.now) : undefined });
    if (unit.phase !== "draining") draft.unload(place, { kind: "device-gone", device });
  }
}
