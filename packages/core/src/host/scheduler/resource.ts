import type { Device } from "../../contract/device.ts";

/** What units take from: the memory of a device, or the number of units that may be up at a time. */
export interface Resource {
  readonly name: Device | "loaded";
  /** Bytes, or units, that may be reserved together. */
  readonly budget: number;
  /** Loads that may be under way at a time on this device. */
  readonly maxLoading: number;
  readonly pressure: Pressure;
  /** The device is there no more: whatever was on it is lost. */
  readonly isGone: boolean;
}

/**
 * How short memory is beside what is reserved: `soft` shortens every keep-alive, `hard` makes idle units leave before
 * anything is refused.
 */
export type Pressure = "none" | "soft" | "hard";
