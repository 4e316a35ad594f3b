import type { GenerationConfig } from "./generation-config.ts";
import { highest, likeliest } from "./highest.ts";
import { logSoftmax, logSumExp } from "./log-softmax.ts";

/** Draws a token by its probability among those that the configuration leaves. Scores become the ones drawn from. */
export function drawing(config: GenerationConfig, random: () => number): (scores: Float32Array) => number {
  return (scores) => {
    narrow(config, scores);
    const offset = logSumExp(scores);
    let rest = random();
    let last = 0;
    for (let i = 0; i < scores.length; i++) {
      const probability = Math.exp((scores[i] as number) - offset);
      if (probability === 0) continue;
      last = i;
      rest -= probability;
      if (rest < 0) break;
    }
    return last;
  };
}

/**
 * Temperature, top k, top p, min p and typical p, in this order, as transformers' warpers do them: what is left out gets
 * -Infinity. At least one token stays.
 * @param scores float32 `[vocabulary]`, changed in place
 */
export function narrow(config: GenerationConfig, scores: Float32Array): void {
  const { temperature, top_k, top_p, min_p, typical_p } = config;
  if (temperature !== 1) for (let i = 0; i < scores.length; i++) scores[i] = (scores[i] as number) / temperature;
  if (top_k > 0 && top_k < scores.length) {
    const least = scores[highest(scores, top_k).at(-1) as number] as number;
    keep(scores, (i) => (scores[i] as number) >= least);
  }
  if (top_p < 1) keepNucleus(scores, top_p);
  if (min_p > 0) {
    const logs = logProbabilities(scores);
    const least = Math.log(min_p) + (logs[likeliest(logs)] as number);
    keep(scores, (i) => (logs[i] as number) >= least);
  }
  if (typical_p < 1) keepTypical(scores, typical_p);
}

/** The smallest set of the likeliest tokens whose probabilities reach `mass`. */
function keepNucleus(scores: Float32Array, mass: number): void {
  const logs = logProbabilities(scores);
  const ascending = sortedIndices(logs, (a, b) => a - b);
  const kept = new Set<number>([ascending.at(-1) as number]);
  let below = 0;
  for (const i of ascending) {
    below += Math.exp(logs[i] as number);
    if (below > 1 - mass) kept.add(i);
  }
  keep(scores, (i) => kept.has(i));
}

/** Tokens whose surprise is nearest to the expected one (Meister et al., Locally Typical Sampling, 2022). */
function keepTypical(scores: Float32Array, mass: number): void {
  const logs = logProbabilities(scores);
  let entropy = 0;
  for (const log of logs) if (log !== Number.NEGATIVE_INFINITY) entropy -= Math.exp(log) * log;
  const shift = logs.map((log) => Math.abs(-log - entropy));
  const order = sortedIndices(shift, (a, b) => a - b);
  let sum = 0;
  let last = 0;
  while (last < order.length - 1) {
    sum += Math.exp(logs[order[last] as number] as number);
    if (sum >= mass) break;
    last++;
  }
  const furthest = shift[order[last] as number] as number;
  keep(scores, (i) => (shift[i] as number) <= furthest);
}

function keep(scores: Float32Array, isKept: (i: number) => boolean): void {
  for (let i = 0; i < scores.length; i++) if (!isKept(i)) scores[i] = Number.NEGATIVE_INFINITY;
}

function logProbabilities(scores: Float32Array): Float32Array {
  const logs = scores.slice();
  logSoftmax(logs);
  return logs;
}

function sortedIndices(values: Float32Array, order: (a: number, b: number) => number): number[] {
  return Array.from(values, (_, i) => i).sort((a, b) => order(values[a] as number, values[b] as number));
}
