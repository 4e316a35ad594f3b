import { at } from "./amounts.ts";
import type { Resource } from "./resource.ts";
import { type SchedulerState, unitOf } from "./scheduler-state.ts";

type Books = Pick<SchedulerState, "resources" | "units">;

/** What is spoken for: by every unit that is loading, ready or on its way out. Bytes, or units of `loaded`. */
export function reservedOf({ resources, units }: Books, name: Resource["name"]): number {
  const place = resources.findIndex((resource) => resource.name === name);
  let sum = 0;
  if (place >= 0) for (const { reserved } of units) sum += at(reserved, place);
  return sum;
}

/** What is set aside on a device for the unit of that name. */
export function reservedFor(state: SchedulerState, unit: string, device: Resource["name"]): number {
  const place = state.resources.findIndex((resource) => resource.name === device);
  return at(unitOf(state, unit)?.reserved ?? [], place);
}

/** What may be reserved together; 0 where no budget is known. */
export function budgetOf({ resources }: Pick<Books, "resources">, name: Resource["name"]): number {
  return resources.find((resource) => resource.name === name)?.budget ?? 0;
}

/** Bytes that are set aside for a unit, on all devices together. */
export function heldBy(state: SchedulerState, unit: string): number {
  return state.resources.reduce((sum, { name }) => (name === "loaded" ? sum : sum + reservedFor(state, unit, name)), 0);
}

/** Loads that may be under way at the same time, on all devices together. */
export function loadsAtATime({ resources }: Pick<Books, "resources">): number {
  const limits = resources.map(({ maxLoading }) => maxLoading).filter(Number.isFinite);
  return Math.max(
    1,
    limits.reduce((sum, limit) => sum + limit, 0),
  );
}
