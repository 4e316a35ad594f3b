import type { Device } from "../../contract/device.ts";
import { hasOwnMemory } from "../../contract/device.ts";
import type { ModelError } from "../../contract/model-error.ts";
import type { ModelSpec } from "../../contract/model-spec.ts";
import type { ResolvedModel } from "../../contract/resolved-model.ts";
import type { CalibratedMemory } from "../../lock/zoo-lock.ts";
import type { Runner, RunnerMemory } from "../../runner/runner.ts";
import type { Priority } from "../../zoo/zoo-status.ts";
import type { ModelCalls } from "../calls/model-calls.ts";
import type { CatalogueEntry } from "../catalogue-entry.ts";
import { calibratedBytes, calibratedOf } from "../memory/memory-lock.ts";
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
  /** Bytes of main memory that its runner may add; undefined where it is held to nothing. */
  readonly cap: number | undefined;
  readonly resolved: ResolvedModel;
}

/** What was measured of a loaded model, in bytes. */
export interface MeasuredMemory extends Pick<RunnerMemory, "by"> {
  /** Main memory that it holds. */
  readonly bytes: number;
  /** The most main memory that it held in the last while, runs included. */
  readonly peakBytes: number;
  /** The most that its load took; undefined where that was not seen. */
  readonly loadPeakBytes: number | undefined;
  /** What it holds on the accelerator that it computes on; undefined where the driver does not say. */
  readonly deviceBytes: number | undefined;
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
  /** What was measured last, of its last load. */
  memory: MeasuredMemory | undefined;
  /** Unloads after which not all memory came back in time. */
  memoryKept: number;
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
    memory: undefined,
    memoryKept: 0,
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

/** What has been measured of models, which counts before what they declare, and the bytes by device that there are. */
export interface KnownMemory {
  readonly lock: readonly CalibratedMemory[];
  readonly budgets: Readonly<Partial<Record<Device, number>>>;
}

/** What a model takes where it computes on this device: its video memory there, and main memory beside it. */
function placementOn(spec: ModelSpec, device: Device, { lock, budgets }: KnownMemory): Placement {
  const { ram_mb } = spec.resource_requirements;
  const own = { [device]: declaredBytes(spec, device) };
  const bytes = hasOwnMemory(device) ? { cpu: ram_mb * 1e6, ...own } : own;
  const calibrated = calibratedOf(lock, spec, device);
  return { device, bytes: calibrated === undefined ? bytes : calibratedBytes(calibrated, bytes, budgets) };
}

/**
 * A model as the scheduler knows it.
 * @param devices on which it may be loaded
 */
export function addedUnit(
  spec: ModelSpec,
  devices: readonly Device[],
  keeping: Keeping,
  idleTimeoutMs: number,
  memory: KnownMemory,
): AddedUnit {
  return {
    name: spec.model_name,
    placements: devices.map((device) => placementOn(spec, device, memory)),
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
