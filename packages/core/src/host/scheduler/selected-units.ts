import { at } from "./amounts.ts";
import { isIdle, isUp, priorityRank, type SchedulerState, type Unit } from "./scheduler-state.ts";

/** Which units are meant. All that is said holds; nothing said means every unit that is up. */
export interface UnitSelection {
  /** Those that answer for one of these models alone. */
  readonly names?: ReadonlySet<string> | undefined;
  /** Those that have been idle for so many milliseconds, by the name of the device that they compute on. */
  readonly idleMs?: ((device: string) => number) | undefined;
  /** As many of them, the least urgent and least recently used first, as bring every device down to this share of its budget. */
  readonly over?: number | undefined;
  /** At most so many of them, in that order. */
  readonly count?: number | undefined;
}

/**
 * The units that a selection means as things stand, in the order in which they are to leave. Those that are chosen by their
 * use, and not by name, are idle ones: leased and kept units stay.
 */
export function selectedUnits(state: SchedulerState, { names, idleMs, over, count }: UnitSelection): readonly string[] {
  const isChosen = idleMs !== undefined || over !== undefined || count !== undefined;
  const candidates = state.units.filter((unit) => {
    if (
      !(isUp(unit) || unit.phase === "draining") ||
      (names !== undefined && !unit.models.some((model) => names.has(model)))
    )
      return false;
    if (!isChosen) return true;
    const hasIdled = idleMs === undefined || state.now - unit.lastUsed >= idleMs(deviceOf(unit));
    return isIdle(unit) && unit.waiting.length === 0 && hasIdled;
  });
  const ordered = candidates.sort(
    (a, b) => priorityRank[b.priority] - priorityRank[a.priority] || a.lastUsed - b.lastUsed,
  );
  const enough = over === undefined ? ordered : downTo(state, ordered, over);
  return enough.slice(0, count ?? enough.length).map(({ name }) => name);
}

/** The first of them that bring what is reserved down to that share of each budget; those that help nowhere stay. */
function downTo({ resources, units }: SchedulerState, ordered: readonly Unit[], share: number): readonly Unit[] {
  const excess = resources.map(({ name, budget }, i) => {
    if (name === "loaded") return 0;
    return (
      units.reduce((sum, { reserved, phase }) => (phase === "draining" ? sum : sum + at(reserved, i)), 0) -
      share * budget
    );
  });
  return ordered.filter(({ reserved }) => {
    if (!excess.some((bytes, i) => bytes > 0 && at(reserved, i) > 0)) return false;
    for (let i = 0; i < excess.length; i++) excess[i] = (excess[i] ?? 0) - at(reserved, i);
    return true;
  });
}

function deviceOf({ placement, placements }: Unit): string {
  return placements[placement ?? 0]?.device ?? "cpu";
}
