import { spread } from "../spread.ts";

export interface Way {
  readonly name: string;
  readonly run: () => unknown;
}

/** Wall times of two ways to do one thing, taken in turn, and what the first costs in the second's time. */
export interface Pairs {
  readonly ratios: readonly number[];
  readonly lines: readonly string[];
}

/** Runs both ways in turn, the order swapped each time, after a few rounds that are not counted. */
export async function inPairs(theirs: Way, ours: Way, rounds: number): Promise<Pairs> {
  const times = { theirs: [] as number[], ours: [] as number[] };
  for (let round = -3; round < rounds; round++) {
    const order = round % 2 === 0 ? (["theirs", "ours"] as const) : (["ours", "theirs"] as const);
    for (const who of order) {
      globalThis.gc?.();
      const started = performance.now();
      await (who === "ours" ? ours : theirs).run();
      const ms = performance.now() - started;
      if (round >= 0) times[who].push(ms);
    }
  }
  const ratios = times.theirs.map((ms, i) => ms / (times.ours[i] ?? Number.NaN));
  const width = Math.max(theirs.name.length, ours.name.length, "ratio, pair by pair".length);
  const line = (title: string, values: readonly number[], unit: string) =>
    `  ${title.padEnd(width)}  ${spread(values, unit)}`;
  return {
    ratios,
    lines: [
      line(theirs.name, times.theirs, "ms"),
      line(ours.name, times.ours, "ms"),
      line("ratio, pair by pair", ratios, "x"),
    ],
  };
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
