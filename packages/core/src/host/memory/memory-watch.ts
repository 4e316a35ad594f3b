import { hasOwnMemory } from "../../contract/device.ts";
import type { Runner, RunnerMemory } from "../../runner/runner.ts";
import { within } from "../../time/abortable.ts";
import { alarm, type Clock } from "../../time/clock.ts";
import type { MeasuredMemory, ResidentUnit } from "../manager/resident.ts";
import type { DeviceMemory } from "./device-memory.ts";
import { RecentPeak } from "./recent-peak.ts";

export interface MemoryWatchOptions {
  readonly clock: Clock;
  readonly devices: DeviceMemory;
  /** Told of a measurement that differs from the one before. */
  tell(unit: ResidentUnit, memory: MeasuredMemory): void;
  /** Told after each reading. */
  onRead?(unit: ResidentUnit, runner: Runner): void;
}

/** Milliseconds from one reading of a runner to the next: while it is asked, and while it is left alone. */
const askedEveryMs = 1000;
const idleEveryMs = 10_000;
/** Milliseconds that a reading may take. */
const readWithinMs = 2000;
/** A measurement that differs by less is not told: this share, or these bytes where that is more. */
const toldShare = 0.01;
const toldBytes = 1e6;

interface Watched {
  readonly unit: ResidentUnit;
  readonly runner: Runner;
  readonly peak: RecentPeak;
  readAt: number;
  /** Whether a run has ended since it was read. */
  isTouched: boolean;
  /** The reading that is under way. Never rejects. */
  reading: Promise<void> | undefined;
  told: MeasuredMemory | undefined;
}

/**
 * Measures the memory of loaded models: soon after each run, since mapped weights count only once a run has touched them,
 * and now and then while they are left alone, since what runners share is counted by share.
 */
export class MemoryWatch implements Disposable {
  readonly #options: MemoryWatchOptions;
  readonly #watched = new Map<ResidentUnit, Watched>();
  #wake: Disposable | undefined;
  #wakesAt: number = Number.POSITIVE_INFINITY;

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
  }

  /** Watches a model from its load on, whose own reading is the first. */
  watch(unit: ResidentUnit, runner: Runner): void {
    const { memory } = unit;
    const readAt = this.#options.clock.now();
    const told = memory === undefined ? undefined : { ...memory };
    const watched = { unit, runner, peak: new RecentPeak(), readAt, isTouched: false, reading: undefined, told };
    this.#watched.set(unit, watched);
    if (memory !== undefined) this.#options.tell(unit, memory);
    // The driver is asked for the first time; the load need not wait for it.
    if (hasOwnMemory(unit.device)) void this.#read(watched);
    this.#arm(readAt + idleEveryMs);
  }

  /** Its runner is no more, or about to be. */
  forget(unit: ResidentUnit): void {
    this.#watched.delete(unit);
  }

  /** A run has ended. */
  asked(unit: ResidentUnit): void {
    const watched = this.#watched.get(unit);
    if (watched === undefined || watched.isTouched) return;
    watched.isTouched = true;
    const due = watched.readAt + askedEveryMs;
    if (this.#options.clock.now() >= due) void this.#read(watched);
    else this.#arm(due);
  }

  /** What was told is no more what counts: the next reading is told, whatever it is. */
  tellAnew(unit: ResidentUnit): void {
    const watched = this.#watched.get(unit);
    if (watched !== undefined) watched.told = undefined;
  }

  /** Reads one now, whenever it was read last. */
  async readNow(unit: ResidentUnit): Promise<void> {
    const watched = this.#watched.get(unit);
    await watched?.reading;
    if (watched !== undefined) await this.#read(watched);
  }

  [Symbol.dispose](): void {
    this.#watched.clear();
    this.#wake?.[Symbol.dispose]();
  }

  #arm(time: number): void {
    if (time >= this.#wakesAt) return;
    this.#wake?.[Symbol.dispose]();
    this.#wakesAt = time;
    this.#wake = alarm(this.#options.clock, time, () => {
      this.#wakesAt = Number.POSITIVE_INFINITY;
      this.#look();
    });
  }

  #look(): void {
    const now = this.#options.clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const watched of this.#watched.values()) {
      if (now >= dueOf(watched)) void this.#read(watched);
      next = Math.min(next, Math.max(dueOf(watched), now + askedEveryMs));
    }
    this.#arm(next);
  }

  #read(watched: Watched): Promise<void> {
    watched.reading ??= this.#measure(watched)
      .catch(() => {})
      .finally(() => {
        watched.reading = undefined;
      });
    return watched.reading;
  }

  async #measure(watched: Watched): Promise<void> {
    const { clock, devices, onRead, tell } = this.#options;
    const { unit, runner } = watched;
    watched.isTouched = false;
    watched.readAt = clock.now();
    const [memory, onDevice] = await Promise.all([
      runnerMemory(clock, runner),
      hasOwnMemory(unit.device) && runner.pid !== undefined
        ? within(clock, readWithinMs, devices.usage()).catch(() => undefined)
        : undefined,
    ]);
    if (memory === undefined || this.#watched.get(unit) !== watched) return;
    const deviceBytes = onDevice?.processes.get(runner.pid ?? -1)?.[unit.device];
    const measured: MeasuredMemory = {
      ...{ bytes: memory.bytes, by: memory.by, deviceBytes: deviceBytes ?? unit.memory?.deviceBytes },
      peakBytes: Math.max(memory.bytes, watched.peak.add(watched.readAt, memory.peakBytes)),
      loadPeakBytes: unit.memory?.loadPeakBytes,
    };
    unit.memory = measured;
    if (differs(watched.told, measured)) {
      watched.told = measured;
      tell(unit, measured);
    }
    onRead?.(unit, runner);
  }
}

/** Main memory of a runner; undefined where it cannot be told, or not in time. */
export function runnerMemory(clock: Clock, runner: Runner): Promise<RunnerMemory | undefined> {
  const read = async (): Promise<RunnerMemory | undefined> => {
    if (runner.memory !== undefined) return runner.memory();
    const bytes = await runner.memoryBytes();
    return bytes === undefined ? undefined : { bytes, by: "pss", peakBytes: bytes, peakBy: "readings" };
  };
  return within(
    clock,
    readWithinMs,
    read().catch(() => undefined),
  );
}

/** Time from which it is to be read again. */
function dueOf({ readAt, isTouched, unit }: Watched): number {
  return readAt + (isTouched || unit.members.some(({ calls }) => calls.running > 0) ? askedEveryMs : idleEveryMs);
}

function differs(told: MeasuredMemory | undefined, now: MeasuredMemory): boolean {
  if (told === undefined) return true;
  const figures = ["bytes", "peakBytes", "deviceBytes"] as const;
  return figures.some((figure) => {
    const [before = 0, after = 0] = [told[figure], now[figure]];
    return Math.abs(after - before) > Math.max(toldBytes, before * toldShare);
  });
}
