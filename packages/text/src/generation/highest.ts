/** Indices of the `count` highest values, highest first; of equals the first. All of them where there are fewer. */
export function highest(values: Float32Array, count: number): number[] {
  const best: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (best.length === count && !(value > least)) continue;
    let place = best.length;
    while (place > 0 && value > (values[best[place - 1] as number] as number)) place--;
    best.splice(place, 0, i);
    if (best.length > count) best.pop();
    least = values[best.at(-1) as number] as number;
  }
  return best;
}

/** The first of the highest scores. */
export function likeliest(scores: Float32Array): number {
  let best = 0;
  let most = scores[0] as number;
  for (let i = 1; i < scores.length; i++) {
    const score = scores[i] as number;
    if (score > most) [best, most] = [i, score];
  }
  return best;
}
