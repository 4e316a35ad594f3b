import { spread } from "../spread.ts";

export interface Way {
  readonly name: string;
  readonly run: () => unknown;
}

/**
 * Runs two ways to do one thing in turn, the order swapped each time, after a few rounds that are not counted.
 *
 * @param repeats runs of one way in a turn, so that most of what it leaves to be collected is collected in its own time
 * @returns lines with the wall times of both, and with what the first costs in the second's time
 */
export async function inPairs(theirs: Way, ours: Way, rounds: number, repeats = 4): Promise<readonly string[]> {
  const times = { theirs: [] as number[], ours: [] as number[] };
  for (let round = -3; round < rounds; round++) {
    const order = round % 2 === 0 ? (["theirs", "ours"] as const) : (["ours", "theirs"] as const);
    for (const who of order) {
      const { run } = who === "ours" ? ours : theirs;
      const started = performance.now();
      for (let i = 0; i < repeats; i++) await run();
      if (round >= 0) times[who].push((performance.now() - started) / repeats);
    }
  }
  const ratios = times.theirs.map((ms, i) => ms / (times.ours[i] ?? Number.NaN));
  const ratio = (median(times.theirs) / median(times.ours)).toFixed(1);
  const line = (title: string, values: readonly number[], unit: string) =>
    `  ${title.padEnd(19)}  ${spread(values, unit)}`;
  return [
    line(theirs.name, times.theirs, "ms"),
    line(ours.name, times.ours, "ms"),
    line("ratio, pair by pair", ratios, "x"),
    `  ratio of medians     ${ratio} x`,
  ];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
