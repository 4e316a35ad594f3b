import type { Device } from "../../contract/device.ts";
import type { Pressure } from "../scheduler/resource.ts";

/** Where it is read from how short of memory a machine is, whoever takes it. */
export interface PressureSource {
  /** Levels by device; a device that is left out is short of nothing. */
  read(): Readonly<Partial<Record<Device, Pressure>>> | Promise<Readonly<Partial<Record<Device, Pressure>>>>;
}
