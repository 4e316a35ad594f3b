import { alarm, type Clock } from "../../time/clock.ts";
import type { RunTimes } from "./run-times.ts";

/** Tells that a call has waited for its turn for longer than a run of its model takes. */
export class Crowding {
  readonly #clock: Clock;
  readonly #times: RunTimes;
  readonly #isCrowded: () => boolean;
  readonly #tell: () => void;
  #look: Disposable | undefined;

  /** @param isCrowded whether a call waits that could start if there were a runner for it */
  constructor(clock: Clock, times: RunTimes, isCrowded: () => boolean, tell: () => void) {
    this.#clock = clock;
    this.#times = times;
    this.#isCrowded = isCrowded;
    this.#tell = tell;
  }

  /** A call waits. It is looked after once, and again for as long as calls wait. */
  begins(): void {
    this.#look ??= alarm(this.#clock, this.#clock.now() + this.#times.typicalMs, () => {
      this.#look = undefined;
      if (!this.#isCrowded()) return;
      this.#tell();
      this.begins();
    });
  }

  end(): void {
    this.#look?.[Symbol.dispose]();
    this.#look = undefined;
  }
}
