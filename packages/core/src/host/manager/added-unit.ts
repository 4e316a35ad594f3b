import { type Device, hasOwnMemory } from "../../contract/device.ts";
import type { ModelSpec } from "../../contract/model-spec.ts";
import type { CalibratedMemory } from "../../lock/zoo-lock.ts";
import { calibratedBytes, calibratedOf } from "../memory/memory-lock.ts";
import type { AddedUnit, Placement } from "../scheduler/scheduler-state.ts";
import type { Keeping } from "./resident.ts";

/** What has been measured of models, which counts before what they declare, and the bytes by device that there are. */
export interface KnownMemory {
  readonly lock: readonly CalibratedMemory[];
  readonly budgets: Readonly<Partial<Record<Device, number>>>;
}

/** A unit that the scheduler does not know yet. */
export interface UnitParts {
  readonly name: string;
  /** Of its models, at least one. */
  readonly specs: readonly ModelSpec[];
  /** On which it may be loaded. */
  readonly devices: readonly Device[];
  readonly keeping: Keeping;
}

/**
 * Models as the scheduler knows them, that are loaded and leave together.
 * @param idleTimeoutMs milliseconds without a lease until they are unloaded, where their keeping does not say
 */
export function addedUnit(
  { name, specs, devices, keeping }: UnitParts,
  idleTimeoutMs: number,
  memory: KnownMemory,
): AddedUnit {
  return {
    name,
    ...(specs.length > 1 || specs[0]?.model_name !== name ? { models: specs.map((spec) => spec.model_name) } : {}),
    placements: devices.map((device) => placementOn(specs, device, memory)),
    priority: keeping.priority,
    pinned: keeping.keepWarm,
    required: keeping.required,
    keepAlive: keeping.keepAliveMs ?? idleTimeoutMs,
  };
}

/** What models take together on this device. */
function placementOn(specs: readonly ModelSpec[], device: Device, memory: KnownMemory): Placement {
  const bytes: Partial<Record<Device, number>> = {};
  for (const spec of specs)
    for (const [where, needed = 0] of Object.entries(bytesOn(spec, device, memory)))
      bytes[where as Device] = (bytes[where as Device] ?? 0) + needed;
  return { device, bytes };
}

/** What a model takes where it computes on this device: its video memory there, and main memory beside it. */
function bytesOn(spec: ModelSpec, device: Device, { lock, budgets }: KnownMemory): Placement["bytes"] {
  const { ram_mb } = spec.resource_requirements;
  const own = { [device]: declaredBytes(spec, device) };
  const bytes = hasOwnMemory(device) ? { cpu: ram_mb * 1e6, ...own } : own;
  const calibrated = calibratedOf(lock, spec, device);
  return calibrated === undefined ? bytes : calibratedBytes(calibrated, bytes, budgets);
}

/** Bytes that a spec declares for a device: its video memory, or main memory. */
export function declaredBytes(spec: ModelSpec, device: Device): number {
  const { vram_mb, ram_mb } = spec.resource_requirements;
  return (hasOwnMemory(device) ? vram_mb : ram_mb) * 1e6;
}
