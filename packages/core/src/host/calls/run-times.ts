/** Runs that are looked at. */
const recent = 32;
/** A run that its caller has left gets so many times the longest recent one, within these bounds in milliseconds. */
const factor = 3;
const bounds = { least: 2000, most: 60_000, unknown: 10_000, shortest: 20, untried: 1000 } as const;

/** How long a model's runs take, so that one that will not end can be told from one that takes its time. */
export class RunTimes {
  readonly #recent: number[] = [];

  add(runMs: number): void {
    if (!(runMs >= 0)) return;
    this.#recent.push(runMs);
    if (this.#recent.length > recent) this.#recent.shift();
  }

  /** Milliseconds that a run takes: half of the recent ones took less. */
  get typicalMs(): number {
    const sorted = this.#recent.toSorted((a, b) => a - b);
    return Math.max(bounds.shortest, sorted[Math.floor(sorted.length / 2)] ?? bounds.untried);
  }

  /** Milliseconds that a run which nobody waits for may go on before its process is ended. */
  get graceMs(): number {
    if (this.#recent.length === 0) return bounds.unknown;
    return Math.min(bounds.most, Math.max(bounds.least, factor * Math.max(...this.#recent)));
  }
}
