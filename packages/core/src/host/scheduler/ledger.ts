import type { Device } from "../../contract/device.ts";
import type { ScheduledModel, SchedulerState } from "./scheduler-state.ts";

type Books = Pick<SchedulerState, "budgets" | "models">;

/** Bytes of a device that models may take together; none where no budget is known. */
export function budgetOf({ budgets }: Books, device: Device): number {
  return budgets[device] ?? 0;
}

/** Bytes of a device that are spoken for: by every model that is loading, ready or on its way out. */
export function reservedBytes(books: Books, device: Device): number {
  return total(books, device, (model) => (model.phase === "cold" ? 0 : model.bytes));
}

/** Bytes that a load could take this moment. */
export function freeBytes(books: Books, device: Device): number {
  return budgetOf(books, device) - reservedBytes(books, device);
}

/** Bytes that no eviction can bring back. */
export function keptBytes(books: Books, device: Device): number {
  return total(books, device, (model) => (model.phase !== "cold" && model.pinned ? model.bytes : 0));
}

/** Bytes that will come back without any further decision. */
export function leavingBytes(books: Books, device: Device): number {
  return total(books, device, (model) => (model.phase === "unloading" || isLeaving(model) ? model.bytes : 0));
}

/**
 * What a model should have reserved: the declared figure covers the largest run as well, so a measurement counts where
 * it is larger. One above the budget counts as the whole budget: the model runs alone, and is not refused for ever.
 */
export function neededBytes(books: Books, model: ScheduledModel): number {
  const { declaredBytes, device, measuredBytes = 0 } = model;
  return Math.max(declaredBytes, Math.min(measuredBytes, budgetOf(books, device)));
}

/** Bytes of a device that staying models have grown by and that are not reserved yet. */
export function missingBytes(books: Books, device: Device): number {
  return total(books, device, (model) => (isUp(model) && !isLeaving(model) ? shortBytes(books, model) : 0));
}

/** Bytes that one model has grown by beyond its reservation. */
export function shortBytes(books: Books, model: ScheduledModel): number {
  return Math.max(0, neededBytes(books, model) - model.bytes);
}

export function modelsOn({ models }: Books, device: Device): ScheduledModel[] {
  return Object.values(models).filter((model) => model.device === device);
}

/** True of a model that is loading or ready. */
export function isUp({ phase }: ScheduledModel): boolean {
  return phase === "loading" || phase === "ready";
}

function isLeaving(model: ScheduledModel): boolean {
  return isUp(model) && model.leaving !== undefined;
}

function total({ models }: Books, device: Device, bytesOf: (model: ScheduledModel) => number): number {
  let bytes = 0;
  for (const name in models) {
    const model = models[name];
    if (model?.device === device) bytes += bytesOf(model);
  }
  return bytes;
}
