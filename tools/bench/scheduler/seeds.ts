import { costAware } from "@menagerie/core/host";
import { belady } from "./optimum.ts";
import { simulated } from "./ours.ts";
import { comparedPair } from "./pair.ts";
import { lruByCount, played } from "./peers.ts";
import { tracesOf } from "./traces.ts";
import { bestWithoutForesight } from "./without-foresight.ts";

/** What holds for one seed must hold for others: least and most over so many other days of the same traffic. */
export function* overSeeds(count: number): Iterable<string> {
  const shifts = Array.from({ length: count }, (_, i) => 1000 * (i + 1));
  for (const [i, { name }] of tracesOf().entries()) {
    const found = shifts.flatMap((shift) => {
      const trace = tracesOf(shift)[i];
      if (trace === undefined) return [];
      const ours = simulated(trace, costAware);
      const blind = bestWithoutForesight(trace);
      return [
        {
          best: ours.loadMs / belady(trace).loadMs,
          blind: blind === undefined ? Number.NaN : ours.loadMs / blind.loadMs,
          count: played(trace, lruByCount(trace)).loads / ours.loads,
          p99: ours.p99 ?? 0,
        },
      ];
    });
    const of = (key: keyof (typeof found)[number]): string => range(found.map((each) => each[key]));
    yield `${name}: ${of("best")} of the optimum's cost, ${of("blind")} of the best without foresight; ${of("count")} times fewer loads than LRU by count; p99 ${of("p99")} ms`;
  }
  const pairs = shifts.map((shift) => {
    const [ours, count] = comparedPair(shift).rows;
    return (count?.[1].loads ?? 0) / (ours?.[1].loads ?? 1);
  });
  yield `4 GB and 24 GB together: ${range(pairs)} times fewer loads than LRU by one count`;
}

function range(values: readonly number[]): string {
  if (values.some(Number.isNaN)) return "-";
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) =>
    value < 10 ? value.toFixed(2) : value.toFixed(0),
  );
  return least === most ? `${least}` : `${least} to ${most}`;
}
