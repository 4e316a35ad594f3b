import { readFile } from "node:fs/promises";
import { alarm, type Clock } from "../../time/clock.ts";
import type { RunnerProcess } from "./runner-process.ts";

/** Milliseconds between two looks at a runner. */
const beatMs = 1000;
/** Looks from one ping to the next, and without an answer until the runner counts as lost. */
const beatsBetween = 5;
const beatsOfSilence = 5;

/** What is watched of a runner. */
export type Watched = Pick<RunnerProcess, "call" | "callsUnderWay" | "hasEnded" | "pid">;

/**
 * Watches one runner: an idle one is pinged, one at work, whose loop native code may block for long, is asked of the
 * kernel whether it still runs. Only what the runner does itself counts: a look that comes late because the host's own
 * loop stood still starts the count anew.
 */
export class Heartbeat implements Disposable {
  readonly #process: Watched;
  readonly #clock: Clock;
  readonly #lost: (reason: string) => void;
  readonly #heard: (answer: unknown) => void;
  #next: Disposable;
  #lastBeat: number;
  #beats = 0;
  /** Looks since a ping that has no answer yet. */
  #silent: number | undefined;
  #stopped = 0;

  /**
   * @param lost told once that the runner does not answer, as the end of a sentence that begins with it
   * @param heard told of each answer to a ping
   */
  constructor(
    runnerProcess: Watched,
    clock: Clock,
    lost: (reason: string) => void,
    heard: (answer: unknown) => void = () => {},
  ) {
    this.#process = runnerProcess;
    this.#clock = clock;
    this.#lost = lost;
    this.#heard = heard;
    this.#lastBeat = clock.now();
    this.#next = this.#arm();
  }

  [Symbol.dispose](): void {
    this.#next[Symbol.dispose]();
  }

  #arm(): Disposable {
    return alarm(this.#clock, this.#clock.now() + beatMs, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    if (this.#process.hasEnded) return;
    const now = this.#clock.now();
    const isLate = now - this.#lastBeat > 2 * beatMs;
    this.#lastBeat = now;
    this.#beats += 1;
    if (isLate) {
      this.#silent &&= 0;
      this.#stopped = 0;
    } else if (await this.#isLost()) return;
    this.#next = this.#arm();
  }

  async #isLost(): Promise<boolean> {
    const { pid } = this.#process;
    const isIdle = this.#process.callsUnderWay === 0;
    // A ping may have found the runner at work: then the kernel is asked, as for one that got none.
    const isPinged = this.#silent !== undefined && this.#process.callsUnderWay === 1;
    if (isIdle && this.#beats % beatsBetween === 0) this.#ping();
    else if (isPinged) {
      this.#silent = (this.#silent ?? 0) + 1;
      if (this.#silent >= beatsOfSilence)
        return this.#tell(`did not answer a ping within ${(beatsOfSilence * beatMs) / 1000} s`);
    }
    this.#stopped = !isIdle && pid !== undefined && (await isStopped(pid)) ? this.#stopped + 1 : 0;
    if (this.#stopped < beatsOfSilence) return false;
    return this.#tell(`was stopped from outside and did not go on for ${(beatsOfSilence * beatMs) / 1000} s`);
  }

  #ping(): void {
    this.#silent = 0;
    const answered = (): void => {
      this.#silent = undefined;
    };
    this.#process.call({ type: "ping" }).then((answer) => {
      answered();
      this.#heard(answer);
    }, answered);
  }

  #tell(reason: string): true {
    this.#lost(reason);
    return true;
  }
}

/** Whether the kernel has stopped a process on a signal; false where it cannot be asked. */
async function isStopped(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The state is the first field behind the name, which stands in brackets and may hold anything.
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) === "T";
}
