import type { RunnerMemory } from "../../runner/runner.ts";
import {
  forgetHighest,
  proportionalBytes,
  type ReadProcessText,
  type ResidentSet,
  residentSet,
} from "./process-memory.ts";

export interface MemoryMeterOptions {
  readonly read?: ReadProcessText;
  /** Makes the kernel forget the most that the process held; false where that is not permitted. */
  forget?(pid: number): Promise<boolean>;
}

/**
 * The proportional set size is summed up by the kernel page by page: 10 ms for 500 MB, against 0.2 ms for the resident set.
 * So it is read anew only when the resident set has changed by this share, or by these bytes where that is more,
 */
const changedShare = 0.01;
const changedBytes = 2e6;
/** and every so many readings, since what others map changes too. */
const readingsUntilAnew = 30;

/**
 * Main memory of one process: what it holds, by PSS, so that what runners share is not counted twice, and the most that it
 * held since the reading before, by the kernel's own high-water mark where that may be set back, else by the readings alone.
 */
export class MemoryMeter {
  readonly #pid: number;
  readonly #read: ReadProcessText | undefined;
  readonly #forget: (pid: number) => Promise<boolean>;
  /** The last PSS, the resident set that it was read with, and the readings since. */
  #known: { readonly bytes: number; readonly resident: number; readings: number } | undefined;
  #hasPss = true;
  /** Whether the kernel's mark counts from the last reading: the first time from the start of the process. */
  #isMarkFresh = true;

  constructor(pid: number, options: MemoryMeterOptions = {}) {
    this.#pid = pid;
    this.#read = options.read;
    this.#forget = options.forget ?? forgetHighest;
  }

  /** Undefined where the system does not say, as of a process that is gone. */
  async read(): Promise<RunnerMemory | undefined> {
    const resident = await residentSet(this.#pid, this.#read);
    if (resident === undefined) return undefined;
    const isMarked = this.#isMarkFresh;
    const [bytes, isForgotten] = await Promise.all([this.#proportional(resident), this.#forget(this.#pid)]);
    this.#isMarkFresh = isForgotten;
    const counted = bytes ?? resident.now;
    return {
      bytes: counted,
      by: bytes === undefined ? "rss" : "pss",
      // What came on top was its own: shared pages are there before and after.
      peakBytes: isMarked ? counted + Math.max(0, resident.highest - resident.now) : counted,
      peakBy: isMarked ? "kernel" : "readings",
    };
  }

  async #proportional({ now }: ResidentSet): Promise<number | undefined> {
    if (!this.#hasPss) return undefined;
    const known = this.#known;
    if (known !== undefined && known.readings < readingsUntilAnew) {
      const change = now - known.resident;
      known.readings += 1;
      if (Math.abs(change) <= Math.max(changedBytes, known.resident * changedShare))
        return Math.max(0, known.bytes + change);
    }
    const bytes = await proportionalBytes(this.#pid, this.#read);
    if (bytes === undefined) this.#hasPss = false;
    else this.#known = { bytes, resident: now, readings: 0 };
    return bytes;
  }
}
