import type { Device } from "../contract/device.ts";
import { isModelError } from "../contract/model-error.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { deviceOrError } from "./device-of.ts";
import type { DeviceInfo } from "./device-probe.ts";
import { unitDevices, unitEntries, unitKeeping, unitName } from "./grouped-models.ts";
import type { HostedZooParts } from "./hosted-zoo-parts.ts";
import type { ZooPlanOptions } from "./local-zoo.ts";
import { addedUnit, type KnownMemory } from "./manager/added-unit.ts";
import { type Forecast, forecastOf } from "./scheduler/forecast.ts";
import { type Plan, planWith, withBudgets } from "./scheduler/plan.ts";
import { schedule } from "./scheduler/scheduler.ts";
import { type AddedUnit, type SchedulerState, unitOf } from "./scheduler/scheduler-state.ts";
import type { Arrival } from "./scheduler/simulation.ts";

type Parts = Pick<HostedZooParts, "manager" | "devices" | "members" | "keepAliveOn" | "maxWaitMs" | "lock" | "budgets">;

/** A dry run of holding models together. @throws as `LocalZoo.plan` */
export function planIn(parts: Parts, models: readonly string[], options: ZooPlanOptions): Plan {
  const { catalogue } = parts.members;
  const devices = devicesWith(parts.devices, options.budgets);
  const entries = models.map((nameOrRole) => catalogue.find(nameOrRole));
  const units = entries.map((entry) =>
    unitOfEntry(parts, entry, unitDevices(parts.members, entry, devices), memoryIn(parts, options)),
  );
  const names = entries.map(({ spec }) => spec.model_name);
  return planWith(parts.manager.state, units, { models: names, budgets: options.budgets });
}

/** A dry run of traffic. @throws as `LocalZoo.forecast` */
export function forecastIn(parts: Parts, arrivals: readonly Arrival[], options: ZooPlanOptions): Forecast {
  const { manager, members, maxWaitMs } = parts;
  const { catalogue } = members;
  const devices = devicesWith(parts.devices, options.budgets);
  const asked = arrivals.map((arrival): Arrival => {
    const { model_name: model } = catalogue.find(arrival.model).spec;
    return { ...arrival, model, waitMs: Math.min(arrival.waitMs ?? Number.POSITIVE_INFINITY, maxWaitMs) };
  });
  const kept = [...members.keeping].filter(([, { keepWarm }]) => keepWarm).map(([name]) => name);
  const concurrencyOf = (model: string): number =>
    catalogue.has(model) ? (catalogue.find(model).spec.resource_requirements.concurrency ?? 1) : 1;
  let state: SchedulerState = withBudgets(manager.state, options.budgets ?? {});
  for (const name of new Set([...kept, ...asked.map(({ model }) => model)])) {
    const entry = catalogue.find(name);
    const places = deviceOrError(() => unitDevices(members, entry, devices));
    if (isModelError(places) && kept.includes(name)) continue;
    if (isModelError(places)) throw places;
    const unit = unitOfEntry(parts, entry, places, memoryIn(parts, options));
    state = schedule(state, { type: "unit-added", unit }, state.now).state;
  }
  return forecastOf(state, asked, {
    goal: kept.filter((name) => unitOf(state, name) !== undefined),
    concurrency: (unit) =>
      (unitOf(state, unit)?.models ?? [unit]).reduce((sum, model) => sum + concurrencyOf(model), 0),
  });
}

/** A model as the scheduler knows it, with all that share its runner. */
function unitOfEntry(
  { members, keepAliveOn }: Parts,
  entry: CatalogueEntry,
  devices: readonly [Device, ...Device[]],
  memory: KnownMemory,
): AddedUnit {
  const idleMs = keepAliveOn(devices[0]);
  const specs = unitEntries(members, entry).map(({ spec }) => spec);
  const keeping = unitKeeping(members, entry, idleMs);
  return addedUnit({ name: unitName(members, entry), specs, devices, keeping }, idleMs, memory);
}

function memoryIn({ lock, budgets }: Parts, asked: ZooPlanOptions): KnownMemory {
  return { lock, budgets: { ...budgets, ...asked.budgets } };
}

/** The machine's devices, and those that it has only in the budgets that are asked for. */
function devicesWith(
  devices: readonly DeviceInfo[],
  budgets: Readonly<Partial<Record<Device, number>>> = {},
): readonly DeviceInfo[] {
  const supposed = Object.entries(budgets)
    .filter(([name]) => devices.every(({ device }) => device !== name))
    .map(([name, bytes]): DeviceInfo => ({ device: name as Device, totalBytes: bytes ?? 0 }));
  return [...supposed, ...devices];
}
