import { at } from "./amounts.ts";
import { demands } from "./demands.ts";
import { type Draft, shortOf } from "./draft.ts";
import { isLoading, type Spot } from "./scheduler-state.ts";

/** Share of a budget beyond which nothing is loaded that nobody has to have. */
export const offeredShare = 0.85;

/**
 * Loads a unit into room that nobody waits for, as far as enough is left for others. Nobody leaves for it, and where there
 * is no such room it stays cold: whoever offers may do so again.
 */
export function offer(draft: Draft, place: number): void {
  const unit = draft.unit(place);
  if (draft.closed || unit.phase !== "cold" || demands(draft).length > 0) return;
  if (draft.units.some((other) => shortOf(other) !== undefined)) return;
  draft.openBooks();
  const placement = unit.placements.findIndex((spot) => hasRoom(draft, spot));
  if (placement >= 0) draft.load(place, placement, { kind: "offered" });
}

function hasRoom(draft: Draft, { device, needs }: Spot): boolean {
  const loading = draft.units.filter(
    (unit) => isLoading(unit) && unit.placements[unit.placement ?? 0]?.device === device,
  ).length;
  const own = draft.resources.find(({ name }) => name === device);
  if (own === undefined || own.isGone || loading >= own.maxLoading) return false;
  return draft.resources.every(({ name, budget, pressure }, i) => {
    const needed = at(needs, i);
    if (needed === 0) return true;
    const taken = budget - at(draft.free, i) + needed;
    return pressure === "none" && taken <= (name === "loaded" ? budget : budget * offeredShare);
  });
}
