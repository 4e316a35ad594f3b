import { nothing } from "./amounts.ts";
import type { Draft } from "./draft.ts";
import { spotsOf } from "./needs.ts";
import type { AddedUnit, Unit } from "./scheduler-state.ts";

/** Makes a unit known, cold; one that is known already stays as it is. */
export function addUnit(draft: Draft, added: AddedUnit): void {
  const models = added.models ?? [added.name];
  const names = [added.name, ...models];
  if (names.some((name) => draft.places.has(name))) return;
  const place = draft.units.length;
  draft.places = new Map([...draft.places, ...names.map((name) => [name, place] as const)]);
  // A timeout that is no number never passes.
  const keepAlive = Number.isNaN(added.keepAlive) ? Number.POSITIVE_INFINITY : added.keepAlive;
  const unit: Unit = {
    name: added.name,
    models,
    priority: added.priority,
    pinned: added.pinned,
    required: added.required ?? false,
    keepAlive,
    keepAliveNow: keepAlive,
    placements: spotsOf(added, draft.resources),
    placement: undefined,
    reserved: nothing,
    resident: nothing,
    peak: nothing,
    phase: "cold",
    leases: 0,
    isAsked: false,
    drains: undefined,
    lastUsed: draft.now,
    loadStartedAt: draft.now,
    loadedAt: undefined,
    loadMs: undefined,
    fastestLoadMs: 0,
    failure: undefined,
    wantedSince: undefined,
    goal: undefined,
    leftAt: undefined,
    waiting: [],
    use: undefined,
  };
  draft.units.push(unit);
}
