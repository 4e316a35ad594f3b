import { at } from "./amounts.ts";
import type { Resource } from "./resource.ts";
import type { AddedUnit, Amounts, Placement, Spot, Unit } from "./scheduler-state.ts";

/** Placements with their amounts in the order of the resources. A size that is no number fits nowhere. */
export function spotsOf(added: AddedUnit, resources: readonly Resource[]): readonly Spot[] {
  return added.placements.map((placement) => {
    const declared = resources.map(({ name }) => (name === "loaded" ? 1 : declaredBytes(placement, name)));
    // What no budget is known for has none.
    const unknown = Object.entries(placement.bytes).some(
      ([device, bytes = 0]) => bytes > 0 && !resources.some(({ name }) => name === device),
    );
    const needs = unknown || resources.every(({ name }) => name !== placement.device) ? [Infinity] : declared;
    return { device: placement.device, declared: needs, needs };
  });
}

/**
 * The same placements by a new measurement. The declared figure covers the largest run as well, so a measurement counts
 * where it is larger. One above the budget counts as the whole budget: the unit runs alone, and is not refused for ever.
 */
export function measuredSpots(unit: Unit, resources: readonly Resource[]): readonly Spot[] {
  return unit.placements.map((spot) => {
    const needs = spot.declared.map((declared, i) => {
      const measured = Math.max(at(unit.resident, i), at(unit.peak, i));
      return Math.max(declared, Math.min(measured, resources[i]?.budget ?? 0));
    });
    return { ...spot, needs: equal(needs, spot.declared) ? spot.declared : needs };
  });
}

/** Amounts by device in the order of the resources, over those of an earlier measurement; undefined where a figure is none. */
export function measuredAmounts(
  bytes: Readonly<Record<string, number | undefined>>,
  before: Amounts,
  resources: readonly Resource[],
): Amounts | undefined {
  if (Object.values(bytes).some((figure) => !(Number.isFinite(figure) && (figure as number) >= 0))) return undefined;
  return resources.map(({ name }, i) => bytes[name] ?? at(before, i));
}

function declaredBytes({ bytes }: Placement, name: string): number {
  const declared = (bytes as Readonly<Record<string, number | undefined>>)[name] ?? 0;
  return Number.isNaN(declared) ? Number.POSITIVE_INFINITY : Math.max(0, declared);
}

function equal(a: Amounts, b: Amounts): boolean {
  return a.every((amount, i) => amount === b[i]);
}
