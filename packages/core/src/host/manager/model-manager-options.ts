import type { Device } from "../../contract/device.ts";
import type { CalibratedMemory } from "../../lock/zoo-lock.ts";
import type { QueueBounds } from "../calls/model-queue.ts";
import type { CatalogueEntry } from "../catalogue-entry.ts";
import type { DeviceMemory } from "../memory/device-memory.ts";
import type { EvictionPolicy } from "../scheduler/eviction-policy.ts";
import type { Journal } from "../scheduler/journal.ts";
import type { ResourceOptions } from "../scheduler/scheduler-state.ts";
import type { ModelLoadingOptions } from "./model-loading.ts";

export interface ModelManagerOptions extends ModelLoadingOptions {
  readonly resources: ResourceOptions;
  readonly policy: EvictionPolicy;
  readonly journal: Journal;
  readonly deviceMemory: DeviceMemory;
  /** What was measured of models, which counts before what they declare. */
  readonly lock: readonly CalibratedMemory[];
  /** Milliseconds that a request without a deadline of its own waits for a model. */
  readonly maxWaitMs: number;
  readonly queueBounds: QueueBounds;
  /** Milliseconds that calls under way get when the zoo is closed. */
  readonly closeGraceMs: number;
  /** Milliseconds after which a lease that is still held is reported; Infinity for never. */
  readonly longMs: number;
  /** Whether a model's runner is a process of its own. */
  runsApart(entry: CatalogueEntry): boolean;
  /** Milliseconds without a lease until a model on this device is unloaded. */
  idleTimeoutMs(device: Device): number;
}
