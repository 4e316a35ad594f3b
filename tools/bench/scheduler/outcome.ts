/** What a rule made of a trace. */
export interface Outcome {
  readonly requests: number;
  readonly refused: number;
  readonly loads: number;
  readonly bytes: number;
  /** Milliseconds of all loads together. */
  readonly loadMs: number;
  /** Milliseconds until a request began to run; empty for a rule that has no times. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly worst: number | undefined;
}

export function quantile(sorted: Float64Array, share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export function waitsOf(waits: readonly number[]): Pick<Outcome, "p50" | "p99" | "worst"> {
  const sorted = Float64Array.from(waits).sort();
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), worst: sorted.at(-1) };
}
