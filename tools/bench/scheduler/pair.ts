import { costAware } from "@menagerie/core/host";
import { simulated } from "./ours.ts";
import type { Outcome } from "./outcome.ts";
import { lruByBytes, lruByCount, type PeerRule, played } from "./peers.ts";
import { pairTrace, type Trace } from "./traces.ts";

const [small, large] = [4e9, 24e9];

/** Rows for two devices, a small one and a large one, and the least that any rule could load. */
export function comparedPair(shift = 0): {
  trace: Trace;
  least: Outcome;
  rows: readonly (readonly [string, Outcome])[];
} {
  const trace = pairTrace(shift);
  const halves = [half(trace, small, 0), half(trace, large, 1)] as const;
  const alone = (rules: readonly [PeerRule, PeerRule]): Outcome =>
    both(played(halves[0], rules[0]), played(halves[1], rules[1]));
  const counts = [lruByCount(halves[0]), lruByCount(halves[1])] as const;
  const devices = { "cuda:0": small, "cuda:1": large } as const;
  return {
    trace,
    least: eachOnce(trace),
    rows: [
      ["Menagerie", simulated(trace, costAware, { devices })],
      // One setting for every server, that of the smallest.
      ["LRU by count, one count", alone([counts[0], counts[0]])],
      ["LRU by count, each its own", alone(counts)],
      ["LRU by bytes, each alone", alone([lruByBytes(halves[0]), lruByBytes(halves[1])])],
    ],
  };
}

/** What a server of its own on one device sees where a balancer sends requests in turn. */
function half(trace: Trace, budget: number, turn: number): Trace {
  return {
    ...trace,
    budget,
    arrivals: function* () {
      let i = 0;
      for (const arrival of trace.arrivals()) if (i++ % 2 === turn) yield arrival;
    },
  };
}

function both(a: Outcome, b: Outcome): Outcome {
  const worse = (x: number | undefined, y: number | undefined): number => Math.max(x ?? 0, y ?? 0);
  return {
    requests: a.requests + b.requests,
    refused: a.refused + b.refused,
    loads: a.loads + b.loads,
    bytes: a.bytes + b.bytes,
    loadMs: a.loadMs + b.loadMs,
    p50: worse(a.p50, b.p50),
    p99: worse(a.p99, b.p99),
    worst: worse(a.worst, b.worst),
  };
}

/** All of them fit on the large device: each is loaded once. */
function eachOnce({ models }: Trace): Outcome {
  const sum = (figure: (model: Trace["models"][number]) => number): number =>
    models.reduce((total, model) => total + figure(model), 0);
  const waits = { p50: undefined, p99: undefined, worst: undefined };
  const loads = { loads: models.length, bytes: sum(({ bytes }) => bytes), loadMs: sum(({ loadMs }) => loadMs) };
  return { requests: 0, refused: 0, ...loads, ...waits };
}
