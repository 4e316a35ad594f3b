import type { Clock } from "../../time/clock.ts";
import { inputDigest } from "./input-digest.ts";

/** Milliseconds for which a verdict holds: a model that was mended, or a machine that has room again, gets another chance. */
const holdsForMs = 10 * 60_000;
/** Verdicts that are remembered; the oldest goes first. */
const remembered = 256;

/** Inputs that ended a runner, alone and by its own doing, when they were asked again. They are refused for a while. */
export class DeadlyInputs {
  readonly #clock: Clock;
  /** Time until which an input is refused, by its digest, the oldest first. */
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns milliseconds for which this input is refused from now on */
  condemn(task: string, input: unknown): number {
    const digest = inputDigest(task, input);
    this.#until.delete(digest);
    this.#until.set(digest, this.#clock.now() + holdsForMs);
    for (const oldest of this.#until.keys()) {
      if (this.#until.size <= remembered) break;
      this.#until.delete(oldest);
    }
    return holdsForMs;
  }

  /** Milliseconds for which this input is still refused; undefined where it is not. */
  refusedFor(task: string, input: unknown): number | undefined {
    for (const [digest, until] of this.#until) if (until <= this.#clock.now()) this.#until.delete(digest);
    // Digests cost time: they are computed only where there is something to compare with.
    const until = this.#until.size === 0 ? undefined : this.#until.get(inputDigest(task, input));
    return until === undefined ? undefined : until - this.#clock.now();
  }
}
