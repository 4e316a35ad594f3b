import { type Device, kindOf } from "../../contract/device.ts";
import type { Log } from "../../contract/log.ts";
import { textOf } from "../../contract/model-error.ts";
import { within } from "../../time/abortable.ts";
import { alarm, type Clock } from "../../time/clock.ts";
import type { Pressure } from "../scheduler/resource.ts";
import type { DeviceMemory, DeviceUsage } from "./device-memory.ts";
import type { PressureSource } from "./pressure-source.ts";

export interface MachineWatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly pressure: PressureSource;
  readonly deviceMemory: DeviceMemory;
  /** Those with a budget. */
  readonly devices: readonly Device[];
  /** Told of each change. */
  onPressure(device: Device, level: Pressure): void;
  /** Told once of each device. */
  onGone(device: Device): void;
}

/** Milliseconds from one look at memory to the next, and at the accelerators: their driver's tool is slow to answer. */
const pressureEveryMs = 1000;
const devicesEveryMs = 10_000;
/** Milliseconds that a look may take. */
const lookWithinMs = 15_000;
/** Looks in a row that fail, since no driver answers, until its devices count as gone. Where nobody can be asked nothing is known. */
const silentLooks = 2;
/** What a driver that does not answer says of its devices. */
const silence: DeviceUsage = { devices: [], processes: new Map() };

/** Watches what happens to a machine's memory without its zoo: others take it, or a device goes away. */
export class MachineWatch implements Disposable {
  readonly #options: MachineWatchOptions;
  readonly #levels = new Map<Device, Pressure>();
  readonly #gone = new Set<Device>();
  readonly #alarms: (Disposable | undefined)[] = [];
  #silent = 0;
  #isStopped = false;
  #hasComplained = false;

  constructor(options: MachineWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#repeat(0, pressureEveryMs, () => this.#lookAtMemory());
    // Only CUDA devices are found by a driver that can be asked for them again.
    if (this.#cuda.length > 0) this.#repeat(1, devicesEveryMs, () => this.#lookAtDevices());
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
    for (const each of this.#alarms) each?.[Symbol.dispose]();
  }

  /** One look after another: one that takes long puts off the next. */
  #repeat(place: number, ms: number, look: () => Promise<void>): void {
    if (this.#isStopped) return;
    const { clock } = this.#options;
    this.#alarms[place] = alarm(clock, clock.now() + ms, () => {
      void within(clock, lookWithinMs, look())
        .catch((error: unknown) => this.#complain(error))
        .then(() => this.#repeat(place, ms, look));
    });
  }

  async #lookAtMemory(): Promise<void> {
    const { devices, onPressure, pressure } = this.#options;
    const levels = await pressure.read();
    for (const device of devices) {
      const level = levels[device] ?? "none";
      if (this.#isStopped || level === (this.#levels.get(device) ?? "none")) continue;
      this.#levels.set(device, level);
      onPressure(device, level);
    }
  }

  async #lookAtDevices(): Promise<void> {
    const { deviceMemory, log } = this.#options;
    const usage = await (async () => deviceMemory.usage())().catch((error: unknown) => {
      log.warn("the accelerators could not be asked for", { error: textOf(error) });
      return silence;
    });
    // Devices that were found without a driver's tool are not gone because there is none.
    if (this.#isStopped || usage === undefined) return;
    this.#silent = usage === silence ? this.#silent + 1 : 0;
    if (usage === silence && this.#silent < silentLooks) return;
    for (const device of this.#cuda) {
      if (usage.devices.includes(device) || this.#gone.has(device)) continue;
      this.#gone.add(device);
      log.error("an accelerator is gone: what was on it is lost", { device });
      this.#options.onGone(device);
    }
  }

  get #cuda(): readonly Device[] {
    return this.#options.devices.filter((device) => kindOf(device) === "cuda");
  }

  #complain(error: unknown): void {
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    this.#options.log.warn("how short memory is cannot be read", { error: textOf(error) });
  }
}
