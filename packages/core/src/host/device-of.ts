import type { Device } from "../contract/device.ts";
import { isModelError, type ModelError } from "../contract/model-error.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import type { DeviceInfo } from "./device-probe.ts";
import { resolveDevice } from "./resolve-device.ts";

/** Where a model is or would be loaded. @throws as `resolveDevice` */
export function deviceOf({ spec, engine }: CatalogueEntry, devices: readonly DeviceInfo[]): Device {
  return resolveDevice(spec, devices, process.platform, engine?.devices);
}

/** As `deviceOf`, the refusal in its place. */
export function deviceOrError(entry: CatalogueEntry, devices: readonly DeviceInfo[]): Device | ModelError {
  try {
    return deviceOf(entry, devices);
  } catch (error) {
    if (isModelError(error)) return error;
    throw error;
  }
}
