import type { Device } from "../../contract/device.ts";
import { hasOwnMemory } from "../../contract/device.ts";
import type { ModelError } from "../../contract/model-error.ts";
import type { ModelSpec } from "../../contract/model-spec.ts";
import type { ResolvedModel } from "../../contract/resolved-model.ts";
import type { Runner } from "../../runner/runner.ts";
import type { Priority } from "../../zoo/zoo-status.ts";
import type { ModelCalls } from "../calls/model-calls.ts";
import type { CatalogueEntry } from "../catalogue-entry.ts";
import type { AddedUnit, Placement } from "../scheduler/scheduler-state.ts";
import { Usage } from "./usage.ts";

/** How a zoo keeps one model. */
export interface Keeping {
  readonly keepWarm: boolean;
  readonly priority: Priority;
  readonly required: boolean;
  /** Milliseconds without a lease until it is unloaded; undefined for what holds on its device. */
  readonly keepAliveMs?: number | undefined;
}

/** A runner, and what its answers are signed with. */
export interface LoadedModel {
  readonly runner: Runner;
  readonly resolved: ResolvedModel;
}

/** A load under way. */
export interface LoadUnderWay {
  /** Ends it. */
  readonly abort: AbortController;
  /** Resolves when nothing is left of it, or the model is there. Never rejects. */
  settled: Promise<void>;
}

/** One model that the manager has been asked for: what stands still, and what its last load left behind. */
export interface Resident {
  readonly entry: CatalogueEntry;
  /** Where it is or was last loaded; before that, the first place that it may be loaded at. */
  device: Device;
  keeping: Keeping;
  readonly calls: ModelCalls;
  loaded: LoadedModel | undefined;
  loading: LoadUnderWay | undefined;
  measuredBytes: number | undefined;
  measuredAt: number | undefined;
  loads: number;
  lastLoadMs: number | undefined;
  lastAnswerAt: number | undefined;
  readonly usage: Usage;
  error: ModelError | undefined;
  /** Why it did not answer when it was last asked whether it does. */
  probeError: ModelError | undefined;
}

/** One that has not been loaded yet. */
export function coldResident(parts: Pick<Resident, "entry" | "device" | "keeping" | "calls">): Resident {
  return {
    ...parts,
    loaded: undefined,
    loading: undefined,
    measuredBytes: undefined,
    measuredAt: undefined,
    loads: 0,
    lastLoadMs: undefined,
    lastAnswerAt: undefined,
    usage: new Usage(),
    error: undefined,
    probeError: undefined,
  };
}

export function nameOf({ entry }: Resident): string {
  return entry.spec.model_name;
}

/** What a model takes where it computes on this device: its video memory there, and main memory beside it. */
function placementOn(spec: ModelSpec, device: Device): Placement {
  const { ram_mb } = spec.resource_requirements;
  const bytes = { [device]: declaredBytes(spec, device) };
  return { device, bytes: hasOwnMemory(device) ? { cpu: ram_mb * 1e6, ...bytes } : bytes };
}

/** A model as the scheduler knows it. @param devices on which it may be loaded */
export function addedUnit(
  spec: ModelSpec,
  devices: readonly Device[],
  keeping: Keeping,
  idleTimeoutMs: number,
): AddedUnit {
  return {
    name: spec.model_name,
    placements: devices.map((device) => placementOn(spec, device)),
    priority: keeping.priority,
    pinned: keeping.keepWarm,
    required: keeping.required,
    keepAlive: keeping.keepAliveMs ?? idleTimeoutMs,
  };
}

/** Bytes that a spec declares for a device: its video memory, or main memory. */
export function declaredBytes(spec: ModelSpec, device: Device): number {
  const { vram_mb, ram_mb } = spec.resource_requirements;
  return (hasOwnMemory(device) ? vram_mb : ram_mb) * 1e6;
}
