import type { Device } from "../contract/device.ts";
import type { Log } from "../contract/log.ts";
import { budgetsOf, cutBudgets, type DeclaredMemory, usableDevices } from "./budgets.ts";
import type { DeviceInfo, DeviceProbe } from "./device-probe.ts";

/** The devices that a host may use, and how much memory of each. */
export class HostDevices {
  readonly #probe: DeviceProbe;
  readonly #declared: DeclaredMemory;
  readonly #log: Log;
  #devices: readonly DeviceInfo[] = [];
  #budgets: Readonly<Partial<Record<Device, number>>> = {};

  /** @param declared what the zoo spec says of budgets */
  constructor(probe: DeviceProbe, declared: DeclaredMemory, log: Log) {
    this.#probe = probe;
    this.#declared = declared;
    this.#log = log;
  }

  /** Asks the probe. Before, there are none. */
  async read(): Promise<void> {
    this.#devices = usableDevices(await this.#probe.devices(), this.#declared.memory);
    this.#budgets = budgetsOf(this.#devices, this.#declared);
    for (const { device, declared, budget } of cutBudgets(this.#budgets, this.#declared))
      this.#log.warn("there is less memory than the zoo spec gives to models: the budget is what there is", {
        device,
        declared_bytes: declared,
        budget_bytes: budget,
      });
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
