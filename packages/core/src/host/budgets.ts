import type { Device } from "../device.ts";
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
