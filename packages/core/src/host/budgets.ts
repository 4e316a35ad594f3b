import { type Device, hasOwnMemory } from "../contract/device.ts";
import type { DeviceInfo } from "./device-probe.ts";

/** Share of main memory that models may take where the zoo spec names no figure. */
const mainMemoryShare = 0.7;
/** Bytes of an accelerator left to its driver and its other users. */
const acceleratorReserve = 400e6;

/** Budget in bytes of every device: what the zoo spec says, else a cautious part of what there is. */
export function budgetsOf(
  devices: readonly DeviceInfo[],
  declaredMb: Partial<Record<Device, number>>,
): Partial<Record<Device, number>> {
  const budgets: Partial<Record<Device, number>> = {};
  for (const { device, totalBytes } of devices) {
    budgets[device] =
      device === "cpu" ? Math.floor(totalBytes * mainMemoryShare) : Math.max(0, totalBytes - acceleratorReserve);
  }
  for (const [device, megabytes] of Object.entries(declaredMb)) budgets[device as Device] = (megabytes ?? 0) * 1e6;
  return budgets;
}

/**
 * The devices that models may be placed on: those that were found, and those without a probe of their own whose memory the
 * zoo spec gives.
 */
export function usableDevices(
  found: readonly DeviceInfo[],
  declaredMb: Partial<Record<Device, number>>,
): readonly DeviceInfo[] {
  const declared = unprobedDevices.flatMap((device) => {
    const megabytes = declaredMb[device];
    const isKnown = megabytes === undefined || found.some((info) => info.device === device);
    return isKnown ? [] : [{ device, totalBytes: megabytes * 1e6 }];
  });
  return [...declared, ...found];
}

/** Loads that may be under way at a time on a device: several read files well beside each other, on an accelerator they do not. */
export function loadsAtATime(device: Device, limit: number | undefined): number {
  return limit ?? (hasOwnMemory(device) ? 1 : 3);
}

/** Nothing that this package may load can ask them for their memory. */
const unprobedDevices = ["coreml", "dml", "webgpu"] as const satisfies readonly Device[];
