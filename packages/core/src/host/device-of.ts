import type { Device } from "../contract/device.ts";
import { isModelError, type ModelError } from "../contract/model-error.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import type { DeviceInfo } from "./device-probe.ts";
import { resolveDevice } from "./resolve-device.ts";

/** Where a model is or would be loaded. @throws as `resolveDevice` */
export function deviceOf({ spec, engine }: CatalogueEntry, devices: readonly DeviceInfo[]): Device {
  return resolveDevice(spec, devices, process.platform, engine?.devices);
}

/** The devices that a model may run on: every CUDA device where it asks for any of them, else the one that it runs on. */
export function devicesFor(entry: CatalogueEntry, devices: readonly DeviceInfo[]): readonly [Device, ...Device[]] {
  const first = deviceOf(entry, devices);
  const { device_policy } = entry.spec;
  const isAny = (device_policy === "auto" || device_policy === "cuda") && first.startsWith("cuda:");
  const others = isAny ? devices.map(({ device }) => device).filter((device) => device.startsWith("cuda:")) : [];
  return [first, ...others.filter((device) => device !== first)];
}

/** What `find` gives, the refusal in its place. */
export function deviceOrError<Found>(find: () => Found): Found | ModelError {
  try {
    return find();
  } catch (error) {
    if (isModelError(error)) return error;
    throw error;
  }
}
