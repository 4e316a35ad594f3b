import type { Trace } from "./traces.ts";

/** Models of which every set can be looked at. */
const fewEnough = 14;

/**
 * What the best rule of all pays that knows exactly how often each model is asked for and does not know what comes next,
 * serving requests one after another in the order of arrival. Only for traces whose requests are drawn by themselves: of
 * those the past tells nothing more. Whoever pays less has served waiting requests in another order than they came.
 * @returns undefined where that rule is not known
 */
export function bestWithoutForesight(trace: Trace): { loads: number; loadMs: number } | undefined {
  const { models, isDrawn } = trace;
  if (isDrawn !== true) return undefined;
  if (models.length <= fewEnough) return playedBySets(trace);
  const [first] = models;
  const isEqual = models.every(({ bytes, loadMs }) => bytes === first?.bytes && loadMs === first.loadMs);
  return isEqual ? playedByRate(trace) : undefined;
}

/** Where all are of one size and one cost: the loaded one that is asked for least goes (Aho, Denning, Ullman 1971: A0). */
function playedByRate(trace: Trace): { loads: number; loadMs: number } {
  const share = shares(trace);
  const loaded = new Set<number>();
  let [used, loads, loadMs] = [0, 0, 0];
  for (const { model: asked } of trace.arrivals()) {
    const model = trace.models[asked];
    if (model === undefined || loaded.has(asked)) continue;
    while (used + model.bytes > trace.budget) {
      let victim = -1;
      for (const other of loaded) if (victim < 0 || at(share, other) < at(share, victim)) victim = other;
      loaded.delete(victim);
      used -= trace.models[victim]?.bytes ?? 0;
    }
    loaded.add(asked);
    used += model.bytes;
    loads += 1;
    loadMs += model.loadMs;
  }
  return { loads, loadMs };
}

/**
 * Of unequal models: by what each set of loaded ones is worth, found by value iteration over all sets. A set is a number
 * whose bits are its models.
 */
function playedBySets(trace: Trace): { loads: number; loadMs: number } {
  const { models, budget } = trace;
  const values = new SetValues(models, budget, shares(trace));
  let [loaded, loads, loadMs] = [0, 0, 0];
  for (const { model: asked } of trace.arrivals()) {
    if ((loaded >> asked) & 1) continue;
    loads += 1;
    loadMs += models[asked]?.loadMs ?? 0;
    loaded = values.best(loaded | (1 << asked), asked);
  }
  return { loads, loadMs };
}

class SetValues {
  readonly #fits: Uint8Array;
  /** For each model that has just been asked for: least expected cost from each set that may have to be cut down. */
  readonly #after: readonly Float64Array[];

  constructor(models: Trace["models"], budget: number, share: Float64Array) {
    const sets = 1 << models.length;
    this.#fits = new Uint8Array(sets);
    const size = new Float64Array(sets);
    for (let set = 1; set < sets; set++) {
      size[set] = at(size, set & (set - 1)) + (models[31 - Math.clz32(set & -set)]?.bytes ?? 0);
    }
    for (let set = 0; set < sets; set++) this.#fits[set] = at(size, set) <= budget ? 1 : 0;
    this.#after = models.map(() => new Float64Array(sets));
    let value = new Float64Array(sets);
    for (let round = 0; round < 1000; round++) {
      for (const [asked, after] of this.#after.entries()) this.#cutDown(after, asked, value);
      const next = new Float64Array(sets);
      for (let set = 0; set < sets; set++) {
        if (this.#fits[set] === 0) continue;
        let sum = 0;
        for (const [j, { loadMs }] of models.entries())
          sum += at(share, j) * ((set >> j) & 1 ? at(value, set) : loadMs + at(this.#after[j], set | (1 << j)));
        next[set] = sum;
      }
      const base = at(next, 0);
      let change = 0;
      for (let set = 0; set < sets; set++) {
        if (this.#fits[set] === 0) continue;
        next[set] = at(next, set) - base;
        change = Math.max(change, Math.abs(at(next, set) - at(value, set)));
      }
      value = next;
      if (change < 0.5) return;
    }
  }

  /** The set that is kept of one that may be too large. @param asked stays */
  best(set: number, asked: number): number {
    let kept = set;
    while (this.#fits[kept] === 0) {
      let best = -1;
      for (const smaller of without(kept, asked))
        if (best < 0 || at(this.#after[asked], smaller) < at(this.#after[asked], best)) best = smaller;
      kept = best;
    }
    return kept;
  }

  #cutDown(after: Float64Array, asked: number, value: Float64Array): void {
    for (let set = 1; set < after.length; set++) {
      if (((set >> asked) & 1) === 0) continue;
      if (this.#fits[set] === 1) {
        after[set] = at(value, set);
        continue;
      }
      let least = Number.POSITIVE_INFINITY;
      for (let rest = set & ~(1 << asked); rest !== 0; rest &= rest - 1)
        least = Math.min(least, at(after, set & ~(rest & -rest)));
      after[set] = least;
    }
  }
}

/** Every set with one model less. */
function* without(set: number, asked: number): Iterable<number> {
  for (let rest = set & ~(1 << asked); rest !== 0; rest &= rest - 1) yield set & ~(rest & -rest);
}

function shares(trace: Trace): Float64Array {
  const counts = new Float64Array(trace.models.length);
  let total = 0;
  for (const { model } of trace.arrivals()) {
    counts[model] = at(counts, model) + 1;
    total += 1;
  }
  return counts.map((count) => count / total);
}

function at(values: Float64Array | undefined, i: number): number {
  return values?.[i] ?? 0;
}
