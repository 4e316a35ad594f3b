/** Milliseconds of each of two stretches: a peak counts for one of them at least, and for both at most. */
const stretchMs = 300_000;

/** The most of the last while, so that one large run does not count for ever. */
export class RecentPeak {
  #since = Number.NEGATIVE_INFINITY;
  #before = 0;
  #most = 0;

  /** @returns the most of the last while */
  add(now: number, value: number): number {
    if (now - this.#since >= stretchMs) {
      this.#before = now - this.#since >= 2 * stretchMs ? 0 : this.#most;
      this.#most = 0;
      this.#since = now;
    }
    this.#most = Math.max(this.#most, value);
    return Math.max(this.#before, this.#most);
  }
}
