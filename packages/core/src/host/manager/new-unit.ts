import type { Device } from "../../contract/device.ts";
import type { CalibratedMemory } from "../../lock/zoo-lock.ts";
import type { Runner } from "../../runner/runner.ts";
import type { Clock } from "../../time/clock.ts";
import { ModelCalls } from "../calls/model-calls.ts";
import type { QueueBounds } from "../calls/model-queue.ts";
import { RunnerTurns } from "../calls/runner-turns.ts";
import type { CatalogueEntry } from "../catalogue-entry.ts";
import type { AddedUnit } from "../scheduler/scheduler-state.ts";
import { addedUnit } from "./added-unit.ts";
import { unitKept } from "./kept-together.ts";
import { coldResident, coldUnit, type Keeping, type ResidentUnit } from "./resident.ts";

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
}

export interface NewUnitOptions {
  readonly clock: Clock;
  readonly bounds: QueueBounds;
  outgrown(unit: ResidentUnit, runner: Runner): Promise<boolean>;
  lose(unit: ResidentUnit, runner: Runner, reason: string): void;
}

/** A unit that has not been loaded yet, with a queue for each of its models. */
export function newUnit({ name, group, members, devices }: NewUnit, options: NewUnitOptions): ResidentUnit {
  const { clock, bounds, outgrown, lose } = options;
  const unit = coldUnit({ name, group, device: devices[0] });
  const turns = new RunnerTurns();
  for (const { entry, keeping } of members) {
    const { model_name: model, resource_requirements } = entry.spec;
    const calls = new ModelCalls({
      ...{ model, clock, bounds, turns },
      concurrency: resource_requirements.concurrency ?? 1,
      outgrown: (runner) => outgrown(unit, runner),
      lose: (runner, reason) => lose(unit, runner, reason),
    });
    unit.members.push(coldResident({ entry, unit, keeping, calls }));
  }
  return unit;
}

/** A unit as it is told to the scheduler. @param devices on which it may be loaded */
export function addedUnitOf(
  unit: ResidentUnit,
  devices: readonly Device[],
  idleMs: number,
  lock: readonly CalibratedMemory[],
): AddedUnit {
  const specs = unit.members.map(({ entry }) => entry.spec);
  return addedUnit({ name: unit.name, specs, devices, keeping: unitKept(unit, idleMs) }, idleMs, lock);
}
