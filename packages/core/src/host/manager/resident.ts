import type { Device } from "../../contract/device.ts";
import type { ModelError } from "../../contract/model-error.ts";
import type { ResolvedModel } from "../../contract/resolved-model.ts";
import type { Runner, RunnerMemory } from "../../runner/runner.ts";
import type { Priority } from "../../zoo/zoo-status.ts";
import type { ModelCalls } from "../calls/model-calls.ts";
import type { CatalogueEntry } from "../catalogue-entry.ts";
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
  /** Those of its load, one for each member of its unit, in their order. */
  readonly runners: readonly Runner[];
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
  /** What it is loaded and leaves with. */
  readonly unit: ResidentUnit;
  /** Further runners of it, which come under load and go when they are idle. */
  readonly replicas: ResidentUnit[];
  keeping: Keeping;
  readonly calls: ModelCalls;
  loaded: LoadedModel | undefined;
  loads: number;
  lastLoadMs: number | undefined;
  lastAnswerAt: number | undefined;
  readonly usage: Usage;
  error: ModelError | undefined;
  /** Why it did not answer when it was last asked whether it does. */
  probeError: ModelError | undefined;
}

/** What is loaded and leaves as one: a model, or the members of a group, which share a runner. */
export interface ResidentUnit {
  /** As the scheduler knows it. */
  readonly name: string;
  /** What its members have as `group` in the zoo spec; undefined for a model that has a runner to itself. */
  readonly group: string | undefined;
  /** Whether it is a further runner of a model that has one: its calls are that model's. */
  readonly isReplica: boolean;
  /** At least one. */
  readonly members: Resident[];
  /** Where it is or was last loaded; before that, the first place that it may be loaded at. */
  device: Device;
  loading: LoadUnderWay | undefined;
  /** What was measured last, of its last load. */
  memory: MeasuredMemory | undefined;
  /** Unloads after which not all memory came back in time. */
  memoryKept: number;
}

/** One that has not been loaded yet, without its members. */
export function coldUnit(parts: Pick<ResidentUnit, "name" | "group" | "device" | "isReplica">): ResidentUnit {
  return { ...parts, members: [], loading: undefined, memory: undefined, memoryKept: 0 };
}

/** One that has not been loaded yet. */
export function coldResident(parts: Pick<Resident, "entry" | "unit" | "keeping" | "calls">): Resident {
  return {
    ...parts,
    replicas: [],
    loaded: undefined,
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
