import type { Device } from "../../device.ts";
import type { ScheduledModel, SchedulerState } from "./scheduler-state.ts";

/** Bytes of a device that are spoken for: by every model that is loading, ready or on its way out. */
export function reservedBytes(state: SchedulerState, device: Device): number {
  return sum(modelsOn(state, device).filter((model) => model.phase !== "cold"));
}

/** Bytes that no eviction can bring back. */
export function keptBytes(state: SchedulerState, device: Device, except: string): number {
  return sum(
    modelsOn(state, device).filter((model) => model.phase !== "cold" && model.pinned && model.name !== except),
  );
}

/** Bytes that will come back without any further decision. */
export function leavingBytes(state: SchedulerState, device: Device): number {
  return sum(
    modelsOn(state, device).filter(
      (model) => model.phase === "unloading" || (model.phase === "ready" && model.leaving !== undefined),
    ),
  );
}

export function modelsOn(state: SchedulerState, device: Device): ScheduledModel[] {
  return Object.values(state.models).filter((model) => model.device === device);
}

function sum(models: readonly ScheduledModel[]): number {
  return models.reduce((bytes, model) => bytes + model.bytes, 0);
}
