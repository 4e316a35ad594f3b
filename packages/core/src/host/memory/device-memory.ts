import type { Device } from "../../contract/device.ts";
import type { Clock } from "../../time/clock.ts";

/** What a driver says of its accelerators at one moment. */
export interface DeviceUsage {
  /** Those that are there. */
  readonly devices: readonly Device[];
  /** Bytes by device that each process holds, by its id; a process that holds none is missing. */
  readonly processes: ReadonlyMap<number, Readonly<Partial<Record<Device, number>>>>;
}

/** Where the memory of accelerators is read from. */
export interface DeviceMemory {
  /** Undefined where there is nobody to ask. @throws where it was asked and did not answer */
  usage(): Promise<DeviceUsage | undefined>;
}

/** Milliseconds for which an answer counts as the present. */
const presentMs = 500;

/** The same, asked once for all who ask at about the same time: a driver's tool takes some time for each question. */
export function askedOnce(source: DeviceMemory, clock: Clock): DeviceMemory {
  let last: { readonly at: number; readonly usage: Promise<DeviceUsage | undefined> } | undefined;
  return {
    usage() {
      const now = clock.now();
      if (last === undefined || now - last.at >= presentMs) {
        last = { at: now, usage: (async () => source.usage())() };
        last.usage.catch(() => {});
      }
      return last.usage;
    },
  };
}
