import type { Device } from "../contract/device.ts";
import { ModelError } from "../contract/model-error.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { deviceOrError, devicesFor } from "./device-of.ts";
import type { DeviceInfo } from "./device-probe.ts";
import type { HostedZooParts } from "./hosted-zoo-parts.ts";
import type { ZooPlanOptions } from "./local-zoo.ts";
import { addedUnit, type KnownMemory } from "./manager/resident.ts";
import { type Forecast, forecastOf } from "./scheduler/forecast.ts";
import { type Plan, planWith, withBudgets } from "./scheduler/plan.ts";
import { schedule } from "./scheduler/scheduler.ts";
import { type SchedulerState, unitOf } from "./scheduler/scheduler-state.ts";
import type { Arrival } from "./scheduler/simulation.ts";
import { keptOnDemand } from "./zoo-members.ts";

type Parts = Pick<HostedZooParts, "manager" | "devices" | "members" | "keepAliveOn" | "maxWaitMs" | "lock" | "budgets">;

/** A dry run of holding models together. @throws as `LocalZoo.plan` */
export function planIn(parts: Parts, models: readonly string[], options: ZooPlanOptions): Plan {
  const { catalogue } = parts.members;
  const devices = devicesWith(parts.devices, options.budgets);
  const known = models.map((nameOrRole) => {
    const entry = catalogue.find(nameOrRole);
    return addedUnit(
      entry.spec,
      devicesFor(entry, devices),
      keepingOf(parts, entry),
      Number.POSITIVE_INFINITY,
      memoryIn(parts, options),
    );
  });
  return planWith(parts.manager.state, known, options.budgets);
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
  let state: SchedulerState = withBudgets(manager.state, options.budgets ?? {});
  for (const name of new Set([...kept, ...asked.map(({ model }) => model)])) {
    const entry = catalogue.find(name);
    if (deviceOrError(entry, devices) instanceof ModelError && kept.includes(name)) continue;
    const places = devicesFor(entry, devices);
    const unit = addedUnit(
      entry.spec,
      places,
      keepingOf(parts, entry),
      parts.keepAliveOn(places[0]),
      memoryIn(parts, options),
    );
    state = schedule(state, { type: "unit-added", unit }, state.now).state;
  }
  return forecastOf(state, asked, {
    goal: kept.filter((name) => unitOf(state, name) !== undefined),
    concurrency: (unit) =>
      catalogue.has(unit) ? (catalogue.find(unit).spec.resource_requirements.concurrency ?? 1) : 1,
  });
}

function memoryIn({ lock, budgets }: Parts, asked: ZooPlanOptions): KnownMemory {
  return { lock, budgets: { ...budgets, ...asked.budgets } };
}

function keepingOf({ members }: Parts, { spec }: CatalogueEntry) {
  return members.keeping.get(spec.model_name) ?? keptOnDemand;
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
