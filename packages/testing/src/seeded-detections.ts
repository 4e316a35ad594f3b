import { mixedInteger } from "./integer-stream.ts";

/**
 * Boxes `[count, 4]` (left, top, right, bottom) in a square of so many pixels, their scores, none of which are equal, and
 * their classes: the same for a seed in every language that has 32-bit integers.
 */
export function seededDetections(
  seed: number,
  count: number,
  spread: number,
  classes: number,
): { boxes: Float32Array; scores: Float32Array; labels: Int32Array } {
  const noise = Float64Array.from({ length: count * 6 }, (_, i) => mixedInteger(i + seed * 1_000_003));
  const at = (i: number, column: number): number => noise[6 * i + column] as number;
  const order = [...Array(count).keys()].sort((a, b) => at(a, 4) - at(b, 4));
  const boxes = new Float32Array(4 * count);
  for (let i = 0; i < count; i++) {
    const [left, top] = [(at(i, 0) % (spread * 16)) / 16, (at(i, 1) % (spread * 16)) / 16];
    boxes.set([left, top, left + (at(i, 2) % 1024) / 16, top + (at(i, 3) % 1024) / 16], 4 * i);
  }
  const scores = Float32Array.from(order, (rank) => (rank + 1) / (count + 1));
  return { boxes, scores, labels: Int32Array.from({ length: count }, (_, i) => at(i, 5) % classes) };
}
