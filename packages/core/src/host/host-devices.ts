import type { Device } from "../contract/device.ts";
import { budgetsOf, usableDevices } from "./budgets.ts";
import type { DeviceInfo, DeviceProbe } from "./device-probe.ts";
import type { ZooSpec } from "./zoo-spec.ts";

/** The devices that a host may use, and how much memory of each. */
export class HostDevices {
  readonly #probe: DeviceProbe;
  readonly #memoryMb: ZooSpec["memory_mb"];
  #devices: readonly DeviceInfo[] = [];
  #budgets: Readonly<Partial<Record<Device, number>>> = {};

  /** @param memoryMb what the zoo spec says of budgets */
  constructor(probe: DeviceProbe, memoryMb: ZooSpec["memory_mb"]) {
    this.#probe = probe;
    this.#memoryMb = memoryMb;
  }

  /** Asks the probe. Before, there are none. */
  async read(): Promise<void> {
    this.#devices = usableDevices(await this.#probe.devices(), this.#memoryMb);
    this.#budgets = budgetsOf(this.#devices, this.#memoryMb);
  }

  /** In order of preference. */
  get devices(): readonly DeviceInfo[] {
    return this.#devices;
  }

  /** Bytes by device. */
  get budgets(): Readonly<Partial<Record<Device, number>>> {
    return this.#budgets;
  }

  /** Threads that one run may use. */
  get cores(): number {
    return this.#probe.cores();
  }
}
