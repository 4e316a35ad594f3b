import type { Device } from "../contract/device.ts";
import type { EngineNeeds } from "../contract/engine-manifest.ts";
import { ModelError, type SerialisedModelError } from "../contract/model-error.ts";

/** A snapshot for `zoo ps`, `/v1/models` and metrics. Keys are those of the JSON body. */
export interface ZooStatus {
  readonly name: string;
  readonly health: "healthy" | "degraded" | "unhealthy";
  readonly devices: readonly DeviceStatus[];
  readonly models: readonly ModelStatus[];
  /** Model by role or alias, where the zoo spec or the running zoo binds one. */
  readonly bindings: Readonly<Record<string, string>>;
  /** Plugins and specs that could not be read, and models that are to be kept or are required and cannot be served. */
  readonly problems: readonly SerialisedModelError[];
}

export interface DeviceStatus {
  readonly device: Device;
  readonly budget_bytes: number;
  readonly reserved_bytes: number;
  /** How short of memory it is, whoever takes it: `soft` shortens keep-alives, `hard` makes idle models leave at once. */
  readonly pressure: "none" | "soft" | "hard";
  /** It is there no more. */
  readonly gone: boolean;
}

export type ModelState = "cold" | "waiting" | "loading" | "ready" | "unloading" | "failed";

export interface ModelStatus {
  readonly model: string;
  readonly version: string;
  readonly role: string;
  readonly tasks: readonly string[];
  /** What its spec says for people, as it stands there. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** What its runner is allowed beyond the usual, because its engine declares it. */
  readonly granted?: EngineNeeds | undefined;
  /** The group whose models share a runner with it: what its runner and its leases are, is so for all of them. */
  readonly group?: string | undefined;
  /** Its further runners that are there, come or go, where it may have any. Their memory is in its figures. */
  readonly replicas?: readonly ReplicaStatus[] | undefined;
  readonly state: ModelState;
  /** Where it is or would be loaded; undefined where the machine has no such device. */
  readonly device: Device | undefined;
  readonly declared_bytes: number;
  /** What is reserved in its place, from what `zoo calibrate` measured; undefined where it did not. */
  readonly calibrated_bytes: number | undefined;
  /** What is set aside for it now on its device; in a group, its part of it. */
  readonly reserved_bytes: number;
  /** Milliseconds until it is unloaded if nobody asks for it; undefined for what is in use, stays, or is not loaded. */
  readonly until_ms: number | undefined;
  /** Main memory that its runner holds; in a group, its part of it, as of the figures below. */
  readonly measured_bytes: number | undefined;
  /** `pss`: what runners share is counted by share; `rss`: it is counted whole, for each of them. */
  readonly measured_by: "pss" | "rss" | undefined;
  /** The most main memory that its runner held in the last while, runs included. */
  readonly peak_bytes: number | undefined;
  /** The most that its last load took. */
  readonly load_peak_bytes: number | undefined;
  /** Memory that its runner holds on the accelerator; undefined where the driver does not say. */
  readonly device_bytes: number | undefined;
  /** Unloads after which not all of its memory came back in time. */
  readonly memory_kept: number;
  readonly pid: number | undefined;
  readonly leases: number;
  /** Requests that wait for the model or for their turn. */
  readonly waiting: number;
  /** Bytes that their inputs hold. */
  readonly waiting_bytes: number;
  /** Calls whose work is under way, those included whose callers have left. */
  readonly running: number;
  readonly keep_warm: boolean;
  /** The zoo is unhealthy without it. */
  readonly required: boolean;
  readonly priority: Priority;
  /** Milliseconds since the last answer; undefined before the first. */
  readonly idle_ms: number | undefined;
  readonly usage: ModelUsage;
  /** The leases that were taken by `get`, the longest held first. */
  readonly held: readonly HeldLease[];
  readonly loads: number;
  readonly last_load_ms: number | undefined;
  /** Why it is not ready, if that is known; of one that is ready, why it did not answer the last probe. */
  readonly error: SerialisedModelError | undefined;
}

export interface ReplicaStatus {
  readonly state: ModelState;
  readonly device: Device;
  readonly pid: number | undefined;
}

export interface ModelUsage {
  readonly answers: number;
  /** Questions that ended in an error; those that their callers gave up are not among them. */
  readonly failures: number;
  /** Milliseconds since the last question ended; undefined before the first. */
  readonly last_used_ms: number | undefined;
  /** Bytes of memory by the seconds for which they were held, over all loads. */
  readonly byte_seconds: number;
}

/** A share in a model that somebody holds. */
export interface HeldLease {
  readonly held_ms: number;
  /** The place in code that took it, `file:line:column`; undefined where none is known. */
  readonly at: string | undefined;
}

/** The most urgent first; low gives way first. */
export const priorities = ["critical", "high", "medium", "low"] as const;

export type Priority = (typeof priorities)[number];

/** @throws `input_invalid` for a word that is no priority */
export function checkedPriority(priority: Priority | undefined): Priority | undefined {
  if (priority === undefined || priorities.includes(priority)) return priority;
  throw new ModelError("input_invalid", `A priority is one of ${priorities.join(", ")}, not "${String(priority)}".`, {
    details: { priority: String(priority), known: priorities },
  });
}
