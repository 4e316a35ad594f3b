import type { Device } from "../../contract/device.ts";
import type { Runner } from "../../runner/runner.ts";
import type { Clock } from "../../time/clock.ts";
import { ModelCalls } from "../calls/model-calls.ts";
import type { QueueBounds } from "../calls/model-queue.ts";
import { RunnerTurns } from "../calls/runner-turns.ts";
import type { CatalogueEntry } from "../catalogue-entry.ts";
import type { AddedUnit } from "../scheduler/scheduler-state.ts";
import { addedUnit, type KnownMemory } from "./added-unit.ts";
import { unitKept } from "./kept-together.ts";
import { coldResident, coldUnit, type Keeping, type Resident, type ResidentUnit } from "./resident.ts";

/** A model that is to be made known, and how it is kept for itself. */
export interface NewMember {
  readonly entry: CatalogueEntry;
  readonly keeping: Keeping;
}

/** What is to be made known as one. */
export interface NewUnit {
  readonly name: string;
  readonly group: string | undefined;
  /** At least one. */
  readonly members: readonly NewMember[];
  /** On which it may be loaded. */
  readonly devices: readonly [Device, ...Device[]];
  /** Runners that its model may have at a time. Default: 1, as a group has. */
  readonly replicas?: number | undefined;
}

export interface NewUnitOptions {
  readonly clock: Clock;
  readonly bounds: QueueBounds;
  crowded(resident: Resident): void;
  outgrown(runner: Runner): Promise<boolean>;
  lose(runner: Runner, reason: string): void;
}

/** A unit that has not been loaded yet, with a queue for each of its models. */
export function newUnit(
  { name, group, members, devices, replicas = 1 }: NewUnit,
  options: NewUnitOptions,
): ResidentUnit {
  const { clock, bounds, crowded, outgrown, lose } = options;
  const unit = coldUnit({ name, group, device: devices[0], isReplica: false });
  const turns = new RunnerTurns();
  for (const { entry, keeping } of members) {
    const { model_name: model, resource_requirements } = entry.spec;
    const calls = new ModelCalls({
      ...{ model, clock, bounds, turns },
      concurrency: resource_requirements.concurrency ?? 1,
      ...{ outgrown, lose },
      ...(replicas > 1 ? { crowded: () => crowded(resident) } : {}),
    });
    const resident = coldResident({ entry, unit, keeping, calls });
    unit.members.push(resident);
    for (let i = 2; i <= replicas; i++) resident.replicas.push(replicaOf(resident, i, devices[0]));
  }
  return unit;
}

/** Milliseconds without a call until a replica is unloaded. */
const replicaIdleMs = 30_000;

function replicaOf({ entry, calls, keeping: own }: Resident, number: number, device: Device): ResidentUnit {
  const { keepAliveMs: keptMs = Number.POSITIVE_INFINITY } = own;
  const name = `${entry.spec.model_name}#${number}`;
  const unit = coldUnit({ name, group: undefined, device, isReplica: true });
  // Whoever asks for anything at all goes before it.
  const keepAliveMs = Math.min(replicaIdleMs, keptMs);
  const keeping: Keeping = { keepWarm: false, priority: "low", required: false, keepAliveMs };
  unit.members.push(coldResident({ entry, unit, keeping, calls }));
  return unit;
}

/** A unit as the scheduler sees it. @param devices on which it may be loaded */
export function addedUnitOf(
  unit: ResidentUnit,
  devices: readonly Device[],
  idleMs: number,
  memory: KnownMemory,
): AddedUnit {
  const specs = unit.members.map(({ entry }) => entry.spec);
  const added = addedUnit({ name: unit.name, specs, devices, keeping: unitKept(unit, idleMs) }, idleMs, memory);
  // Nobody asks a replica by the name of its model.
  return unit.isReplica ? { ...added, models: [unit.name], keepAlive: Math.min(added.keepAlive, idleMs) } : added;
}
