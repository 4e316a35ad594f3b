import { monitorEventLoopDelay } from "node:perf_hooks";

const tickMs = 10;
/** Stalls kept for comparison; enough to cover the longest deadline of a client. */
const remembered = 4096;

/** How late this process is itself: whoever measures others in it must not be fooled by its own standstills. */
export class LoopLag implements Disposable {
  readonly #histogram = monitorEventLoopDelay({ resolution: tickMs });
  readonly #stalls: { readonly from: number; readonly until: number }[] = [];
  readonly #timer: NodeJS.Timeout;
  #last: number = performance.now();

  constructor() {
    this.#histogram.enable();
    this.#timer = setInterval(() => this.#look(), tickMs);
  }

  /** Longest standstill in milliseconds between two times of `performance.now`. */
  longest(from: number, until: number): number {
    this.#look();
    const inside = this.#stalls.filter((stall) => stall.until > from && stall.from < until);
    return Math.max(0, ...inside.map((stall) => stall.until - stall.from));
  }

  get said(): string {
    const ms = (nanoseconds: number): string => (nanoseconds / 1e6).toFixed(0);
    const { mean, max } = this.#histogram;
    return `p50 ${ms(this.#histogram.percentile(50))}, p99 ${ms(this.#histogram.percentile(99))}, mean ${ms(mean)}, max ${ms(max)} ms`;
  }

  [Symbol.dispose](): void {
    this.#histogram.disable();
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#last > 2 * tickMs) this.#stalls.push({ from: this.#last, until: now });
    if (this.#stalls.length > remembered) this.#stalls.shift();
    this.#last = now;
  }
}
