/** What a proof found. */
export interface Proof {
  readonly holds: boolean;
  /** The numbers, in a sentence. */
  readonly said: string;
}

/** As many bytes as the proof's plugin is to run the graph times. */
export function times(n: number): { image: Uint8Array } {
  return { image: new Uint8Array(n).fill(1) };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
