import type { Device } from "../device.ts";
import type { ModelError } from "../model-error.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import type { ModelManager } from "./manager/model-manager.ts";
import { declaredBytes, type Keeping } from "./manager/resident.ts";
import { reservedBytes } from "./scheduler/ledger.ts";
import type { ModelState, ModelStatus, ZooStatus } from "./zoo-status.ts";

export interface SnapshotParts {
  readonly name: string;
  readonly manager: ModelManager;
  readonly entries: readonly CatalogueEntry[];
  readonly problems: readonly ModelError[];
  readonly budgets: Readonly<Partial<Record<Device, number>>>;
  readonly now: number;
  keepingOf(name: string): Keeping;
  /** Undefined where the machine has no device for the model. */
  deviceOf(entry: CatalogueEntry): Device | undefined;
}

/** How things stand: read from the scheduler's state and the manager's residents, nothing is kept twice. */
export function snapshot(parts: SnapshotParts): ZooStatus {
  const models = parts.entries.map((entry) => modelStatus(entry, parts));
  const failed = models.filter((model) => model.state === "failed");
  const requiredFailed = failed.some((model) => parts.keepingOf(model.model).required);
  return {
    name: parts.name,
    health: requiredFailed ? "unhealthy" : failed.length > 0 || parts.problems.length > 0 ? "degraded" : "healthy",
    devices: Object.entries(parts.budgets).map(([device, bytes]) => ({
      device: device as Device,
      budget_bytes: bytes ?? 0,
      reserved_bytes: reservedBytes(parts.manager.state, device as Device),
    })),
    models,
    problems: parts.problems.map((problem) => problem.toJSON()),
  };
}

function modelStatus(entry: CatalogueEntry, parts: SnapshotParts): ModelStatus {
  const { spec } = entry;
  const { manager, now } = parts;
  const resident = manager.resident(spec.model_name);
  const scheduled = manager.state.models[spec.model_name];
  const keeping = parts.keepingOf(spec.model_name);
  const device = resident?.device ?? parts.deviceOf(entry);
  const waiting = manager.state.waiting.filter((request) => request.model === spec.model_name).length;
  return {
    model: spec.model_name,
    version: spec.model_version,
    role: spec.role,
    tasks: spec.tasks,
    state: stateOf(scheduled?.phase ?? "cold", waiting, resident?.error),
    device,
    declared_bytes: declaredBytes(spec, device ?? "cpu"),
    measured_bytes: resident?.measuredBytes,
    pid: resident?.loaded?.runner.pid,
    leases: scheduled?.leases ?? 0,
    waiting: resident?.calls.waiting ?? 0,
    waiting_bytes: resident?.calls.waitingBytes ?? 0,
    running: resident?.calls.running ?? 0,
    keep_warm: scheduled?.pinned ?? keeping.keepWarm,
    priority: keeping.priority,
    idle_ms: resident?.lastAnswerAt === undefined ? undefined : Math.round(now - resident.lastAnswerAt),
    loads: resident?.loads ?? 0,
    last_load_ms: resident?.lastLoadMs,
    error: resident?.error?.toJSON(),
  };
}

function stateOf(
  phase: "cold" | "loading" | "ready" | "unloading",
  waiting: number,
  error: ModelError | undefined,
): ModelState {
  if (phase !== "cold") return phase;
  if (waiting > 0) return "waiting";
  return error === undefined ? "cold" : "failed";
}
