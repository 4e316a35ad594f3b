/** In place: `x - max - log(sum(exp(x - max)))`, summed in float64 and rounded to float32 once. */
export function logSoftmax(scores: Float32Array): void {
  const offset = logSumExp(scores);
  for (let i = 0; i < scores.length; i++) scores[i] = (scores[i] as number) - offset;
}

/** `log(sum(exp(x)))`; -Infinity where every x is. */
export function logSumExp(scores: Float32Array): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) if ((scores[i] as number) > highest) highest = scores[i] as number;
  if (highest === Number.NEGATIVE_INFINITY) return highest;
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += Math.exp((scores[i] as number) - highest);
  return highest + Math.log(sum);
}
