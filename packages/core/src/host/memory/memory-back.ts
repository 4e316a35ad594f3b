import { hasOwnMemory } from "../../contract/device.ts";
import type { Runner } from "../../runner/runner.ts";
import { within } from "../../time/abortable.ts";
import { alarm, type Clock } from "../../time/clock.ts";
import type { ResidentUnit } from "../manager/resident.ts";
import type { DeviceMemory } from "./device-memory.ts";

/** Milliseconds that a driver gets to take back what a process held, and between two looks. */
const backWithinMs = 5000;
const lookEveryMs = 250;

/**
 * Resolves when an accelerator's driver says that it has back what a runner's process held; main memory is back when the
 * process is gone. Where nobody can be asked, or the device itself is away, there is nothing to wait for.
 * @returns bytes that the process still holds when the wait is over; 0 where all is back
 */
export async function deviceMemoryBack(
  { device }: Pick<ResidentUnit, "device">,
  { pid }: Runner,
  { clock, devices }: { readonly clock: Clock; readonly devices: DeviceMemory },
): Promise<number> {
  if (!hasOwnMemory(device) || pid === undefined) return 0;
  const until = clock.now() + backWithinMs;
  for (;;) {
    const usage = await within(clock, backWithinMs, devices.usage()).catch(() => undefined);
    const held = usage?.processes.get(pid)?.[device] ?? 0;
    if (held === 0 || clock.now() >= until) return held;
    await new Promise<void>((resolve) => void alarm(clock, clock.now() + lookEveryMs, resolve));
  }
}
