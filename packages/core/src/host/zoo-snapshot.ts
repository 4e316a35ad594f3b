import { type Device, hasOwnMemory } from "../contract/device.ts";
import { isModelError, type ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { ModelState, ModelStatus, ZooStatus } from "../zoo/zoo-status.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { deviceOrError } from "./device-of.ts";
import { unitDevices, unitKeeping } from "./grouped-models.ts";
import type { HostedZooParts } from "./hosted-zoo-parts.ts";
import { type LackingModel, lackingModels } from "./lacking-models.ts";
import { declaredBytes, type KnownMemory } from "./manager/added-unit.ts";
import type { ModelManager } from "./manager/model-manager.ts";
import type { Keeping, Resident } from "./manager/resident.ts";
import { shares, unitsOf } from "./manager/unit-runners.ts";
import { Usage } from "./manager/usage.ts";
import { calibratedBytes, calibratedOf } from "./memory/memory-lock.ts";
import { neededBy } from "./needed-by.ts";
import { reservedFor, reservedOf } from "./scheduler/ledger.ts";
import type { Resource } from "./scheduler/resource.ts";
import { isIdle, type Phase, type Unit, unitOf } from "./scheduler/scheduler-state.ts";
import { keepAliveOf } from "./scheduler/settle.ts";
import { unservedModels, warmOrder } from "./unserved-models.ts";
import type { ZooMembers } from "./zoo-members.ts";

interface SnapshotParts extends KnownMemory {
  readonly name: string;
  readonly manager: ModelManager;
  readonly entries: readonly CatalogueEntry[];
  readonly problems: readonly ModelError[];
  readonly lacking: readonly LackingModel[];
  readonly now: number;
  keepingOf(entry: CatalogueEntry): Keeping;
  groupOf(model: string): string | undefined;
  /** The models whose keeping the zoo spec says, in its order. */
  readonly kept: Iterable<string>;
  readonly bindings: Readonly<Record<string, string>>;
  /** The error where the machine has no device for the model. */
  deviceOf(entry: CatalogueEntry): Device | ModelError;
}

/** How a zoo of these parts stands now. */
export function statusOf(parts: HostedZooParts): ZooStatus {
  const { name, manager, problems, budgets, clock, devices, lock, members } = parts;
  return snapshot({
    ...{ name, manager, problems, budgets, lock },
    // What shares a runner is kept together; each is required for itself.
    keepingOf: (entry) => ({ ...unitKeeping(members, entry, 0), required: isRequired(members, entry) }),
    groupOf: (model) => members.groups.get(model)?.name,
    lacking: lackingModels(members),
    entries: members.catalogue.entries,
    now: clock.now(),
    kept: members.keeping.keys(),
    bindings: members.catalogue.bindings.toJSON(),
    deviceOf: (entry) => deviceOrError(() => unitDevices(members, entry, devices)[0]),
  });
}

function isRequired({ keeping }: ZooMembers, { spec }: CatalogueEntry): boolean {
  return keeping.get(spec.model_name)?.required ?? false;
}

/** How things stand: read from the scheduler's state and the manager's residents, nothing is kept twice. */
function snapshot(parts: SnapshotParts): ZooStatus {
  const models = parts.entries.map((entry) => modelStatus(entry, parts));
  // What is loaded anew after a failure has still failed until it is there.
  // One that is ready has an error where it did not answer a probe.
  const failed = models.filter(({ error }) => error !== undefined);
  const unserved = unservedModels({
    models,
    budgets: parts.budgets,
    order: warmOrder(models, parts.kept),
    obstacleOf: (name) => {
      const entry = parts.entries.find(({ spec }) => spec.model_name === name);
      const device = entry === undefined ? undefined : parts.deviceOf(entry);
      return isModelError(device) ? device : undefined;
    },
  });
  const problems = [...parts.problems, ...parts.lacking.map(({ problem }) => problem), ...unserved];
  const isRequired = (name: string | undefined): boolean =>
    models.some(({ model, required }) => model === name && required);
  const isUnhealthy =
    parts.lacking.some(({ required }) => required) ||
    [...failed.map(({ model }) => model), ...unserved.map(({ model }) => model)].some(isRequired);
  return {
    name: parts.name,
    health: isUnhealthy ? "unhealthy" : failed.length > 0 || problems.length > 0 ? "degraded" : "healthy",
    devices: Object.entries(parts.budgets).map(([device, bytes]) => ({
      device: device as Device,
      budget_bytes: bytes ?? 0,
      reserved_bytes: reservedOf(parts.manager.state, device as Device),
      ...standingOf(parts.manager.state.resources, device),
    })),
    models,
    bindings: parts.bindings,
    problems: problems.map((problem) => problem.toJSON()),
  };
}

function standingOf(
  resources: readonly Resource[],
  device: string,
): Pick<ZooStatus["devices"][number], "pressure" | "gone"> {
  const { pressure = "none", isGone = false } = resources.find(({ name }) => name === device) ?? {};
  return { pressure, gone: isGone };
}

function modelStatus(entry: CatalogueEntry, parts: SnapshotParts): ModelStatus {
  const { spec } = entry;
  const { manager, now } = parts;
  const resident = manager.resident(spec.model_name);
  const scheduled = unitOf(manager.state, spec.model_name);
  const keeping = parts.keepingOf(entry);
  const placed = resident?.unit.device ?? parts.deviceOf(entry);
  const device = isModelError(placed) ? undefined : placed;
  const waiting = scheduled?.waiting.filter(({ model }) => model === spec.model_name).length ?? 0;
  return {
    model: spec.model_name,
    version: spec.model_version,
    role: spec.role,
    tasks: spec.tasks,
    metadata: spec.metadata,
    granted: grantedTo(entry),
    group: parts.groupOf(spec.model_name),
    replicas: replicasOf(resident, manager),
    state: stateOf(scheduled?.phase ?? "cold", waiting, resident?.error),
    device,
    declared_bytes: declaredBytes(spec, device ?? "cpu"),
    calibrated_bytes: device === undefined ? undefined : calibratedOn(spec, device, parts),
    reserved_bytes: reservedBytes(resident, device ?? "cpu", manager),
    until_ms: scheduled === undefined ? undefined : untilMs(scheduled, manager.state.resources, now),
    ...measuredStatus(resident, device),
    memory_kept: resident === undefined ? 0 : unitsOf(resident.unit).reduce((sum, unit) => sum + unit.memoryKept, 0),
    pid: resident?.loaded?.runner.pid,
    leases: scheduled?.leases ?? 0,
    waiting: resident?.calls.waiting ?? 0,
    waiting_bytes: resident?.calls.waitingBytes ?? 0,
    running: resident?.calls.running ?? 0,
    keep_warm: scheduled?.pinned ?? keeping.keepWarm,
    required: keeping.required,
    priority: keeping.priority,
    idle_ms: resident?.lastAnswerAt === undefined ? undefined : Math.round(now - resident.lastAnswerAt),
    usage: usageOf(resident, now),
    held: manager.leaseBook.on(spec.model_name),
    loads: resident?.loads ?? 0,
    last_load_ms: resident?.lastLoadMs,
    error: (scheduled?.phase === "ready" ? resident?.probeError : resident?.error)?.toJSON(),
  };
}

/** Undefined for a model that has one runner at the most. */
function replicasOf(resident: Resident | undefined, { state }: ModelManager): ModelStatus["replicas"] {
  if (resident === undefined || resident.replicas.length === 0) return undefined;
  return resident.replicas.flatMap(({ name, device, members }) => {
    const phase = unitOf(state, name)?.phase ?? "cold";
    if (phase === "cold") return [];
    return [{ state: stateOf(phase, 0, members[0]?.error), device, pid: members[0]?.loaded?.runner.pid }];
  });
}

function usageOf(resident: Resident | undefined, now: number): ModelStatus["usage"] {
  if (resident === undefined) return new Usage().at(now);
  const own = resident.usage.at(now);
  const further = resident.replicas.flatMap(({ members }) => members.map(({ usage }) => usage.at(now).byte_seconds));
  return { ...own, byte_seconds: further.reduce((sum, each) => sum + each, own.byte_seconds) };
}

function reservedBytes(resident: Resident | undefined, device: Device, { state }: ModelManager): number {
  if (resident === undefined) return 0;
  const { name } = resident.unit;
  const further = resident.replicas.reduce((sum, replica) => sum + reservedFor(state, replica.name, device), 0);
  return Math.round(reservedFor(state, name, device) * shareOf(resident)) + further;
}

/** What a model has of its unit's memory. */
function shareOf(resident: Resident | undefined): number {
  return resident === undefined ? 1 : (shares(resident.unit)[resident.unit.members.indexOf(resident)] ?? 1);
}

/** What is reserved by measurement, where the spec's own figure would be. */
function calibratedOn(spec: ModelSpec, device: Device, { lock, budgets }: KnownMemory): number | undefined {
  const calibrated = calibratedOf(lock, spec, device);
  return calibrated === undefined ? undefined : calibratedBytes(calibrated, {}, budgets)[device];
}

/** Undefined for what is not idle, or stays for ever. */
function untilMs(unit: Unit, resources: readonly Resource[], now: number): number | undefined {
  const end = isIdle(unit) ? unit.lastUsed + keepAliveOf(unit, resources) : Number.POSITIVE_INFINITY;
  return Number.isFinite(end) ? Math.max(0, Math.round(end - now)) : undefined;
}

/** On a device with memory of its own, what the driver says of that; a process takes main memory besides. */
function measuredStatus(
  resident: Resident | undefined,
  device: Device | undefined,
): Pick<ModelStatus, "measured_bytes" | "measured_by" | "peak_bytes" | "load_peak_bytes" | "device_bytes"> {
  const { memory } = resident?.unit ?? {};
  const replicas = resident?.replicas.flatMap(({ members, memory: further }) =>
    members[0]?.loaded === undefined || further === undefined ? [] : [further],
  );
  const part = (
    bytes: number | undefined,
    figure: "bytes" | "peakBytes" | "deviceBytes" | undefined,
  ): number | undefined => {
    if (bytes === undefined) return undefined;
    const further = replicas?.reduce((sum, each) => sum + (figure === undefined ? 0 : (each[figure] ?? 0)), 0) ?? 0;
    return Math.round(bytes * shareOf(resident)) + further;
  };
  return {
    measured_bytes: part(memory?.bytes, "bytes"),
    measured_by: memory?.by,
    peak_bytes: part(memory?.peakBytes, "peakBytes"),
    load_peak_bytes: part(memory?.loadPeakBytes, undefined),
    device_bytes: device === undefined || !hasOwnMemory(device) ? undefined : part(memory?.deviceBytes, "deviceBytes"),
  };
}

/** Undefined too where the spec lacks what its engine reads there: its load says so. */
function grantedTo({ spec, engine }: CatalogueEntry): ModelStatus["granted"] {
  try {
    return neededBy(spec, engine);
  } catch {
    return undefined;
  }
}

function stateOf(phase: Phase, waiting: number, error: ModelError | undefined): ModelState {
  if (phase === "preparing") return "loading";
  if (phase === "draining") return "unloading";
  if (phase !== "cold" && phase !== "failed") return phase;
  if (waiting > 0) return "waiting";
  return error === undefined ? "cold" : "failed";
}
