import type { Trace } from "./traces.ts";

/** What loads must cost at least, or what somebody who knows the future pays. */
export interface Optimum {
  readonly loads: number;
  readonly loadMs: number;
  readonly bound: "exact" | "feasible";
}

/**
 * Bélády's rule with costs, for requests served one after another in the order of arrival: the model whose next request
 * lies farthest goes, weighed by its bytes for its reload time. Where all models are of one size and one cost that is the
 * optimum of such an order. Else the problem is NP-hard, and this is the best of several schedules made by somebody who
 * knows the future: the true optimum may be a little lower. Whoever serves waiting requests in another order than they
 * came can be better than either.
 */
export function belady(trace: Trace): Optimum {
  const order: number[] = [];
  for (const { model } of trace.arrivals()) order.push(model);
  const next = nextUses(order, trace.models.length);
  const weights: readonly ((bytes: number, loadMs: number, distance: number) => number)[] = [
    (_bytes, _loadMs, distance) => distance,
    (bytes, loadMs, distance) => (distance * bytes) / loadMs,
    (_bytes, loadMs, distance) => distance / loadMs,
    (bytes, loadMs, distance) => (distance * Math.sqrt(bytes)) / loadMs,
  ];
  const [first] = trace.models;
  const isEqual = trace.models.every(({ bytes, loadMs }) => bytes === first?.bytes && loadMs === first.loadMs);
  const results = (isEqual ? weights.slice(0, 1) : weights).map((weigh) => schedule(trace, order, next, weigh));
  const best = results.reduce((a, b) => (b.loadMs < a.loadMs ? b : a));
  return { ...best, bound: isEqual ? "exact" : "feasible" };
}

function schedule(
  { budget, models }: Trace,
  order: readonly number[],
  next: Int32Array,
  weigh: (bytes: number, loadMs: number, distance: number) => number,
): { loads: number; loadMs: number } {
  const loaded = new Set<number>();
  const nextOf = new Float64Array(models.length).fill(Number.POSITIVE_INFINITY);
  let [used, loads, loadMs] = [0, 0, 0];
  for (let i = 0; i < order.length; i++) {
    const asked = order[i] as number;
    const model = models[asked];
    if (model === undefined) continue;
    const following = next[i] as number;
    nextOf[asked] = following < 0 ? Number.POSITIVE_INFINITY : following;
    if (loaded.has(asked)) continue;
    while (used + model.bytes > budget) {
      let victim = -1;
      let most = Number.NEGATIVE_INFINITY;
      for (const other of loaded) {
        const { bytes = 0, loadMs: cost = 1 } = models[other] ?? {};
        if (bytes === 0) continue;
        const weight = weigh(bytes, cost, (nextOf[other] as number) - i);
        if (weight <= most) continue;
        most = weight;
        victim = other;
      }
      loaded.delete(victim);
      used -= models[victim]?.bytes ?? 0;
    }
    loaded.add(asked);
    used += model.bytes;
    loads += 1;
    loadMs += model.loadMs;
  }
  return { loads, loadMs };
}

/** Place of the next request for the same model; -1 for none. */
function nextUses(order: readonly number[], models: number): Int32Array {
  const next = new Int32Array(order.length).fill(-1);
  const last = new Int32Array(models).fill(-1);
  for (let i = order.length - 1; i >= 0; i--) {
    const asked = order[i] as number;
    next[i] = last[asked] as number;
    last[asked] = i;
  }
  return next;
}
