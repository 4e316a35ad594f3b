import { boxCount } from "./box-format.ts";

/**
 * Intersection over union of every pair of boxes `[n, 4]` and `[m, 4]` (left, top, right, bottom) as `[n, m]`, computed
 * in float32 like torchvision's `box_iou`. Two boxes without an area have NaN, as there.
 *
 * @param pixelEdge 1 where right and bottom are the last pixel inside (insightface, Pascal VOC), 0 where they are edges
 * @throws ModelError `input_invalid` if the values are no multiple of four
 */
export function boxOverlaps(a: Float32Array, b: Float32Array, pixelEdge: 0 | 1 = 0): Float32Array {
  const [n, m] = [boxCount(a), boxCount(b)];
  const [areasA, areasB] = [boxAreas(a, pixelEdge), boxAreas(b, pixelEdge)];
  const result = new Float32Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) result[i * m + j] = overlap(a, i, areasA, b, j, areasB, pixelEdge);
  }
  return result;
}

/** Areas of boxes `[n, 4]` in float32. */
export function boxAreas(boxes: Float32Array, pixelEdge: 0 | 1 = 0): Float32Array {
  const f = Math.fround;
  return Float32Array.from({ length: boxCount(boxes) }, (_, i) => {
    const width = f(f((boxes[4 * i + 2] as number) - (boxes[4 * i] as number)) + pixelEdge);
    const height = f(f((boxes[4 * i + 3] as number) - (boxes[4 * i + 1] as number)) + pixelEdge);
    return width * height;
  });
}

/** Of box `i` of `a` and box `j` of `b`, whose areas are known; every operation rounded to float32. */
export function overlap(
  a: Float32Array,
  i: number,
  areasA: Float32Array,
  b: Float32Array,
  j: number,
  areasB: Float32Array,
  pixelEdge: 0 | 1,
): number {
  const f = Math.fround;
  const ai = 4 * i;
  const bj = 4 * j;
  const left = Math.max(a[ai] as number, b[bj] as number);
  const right = Math.min(a[ai + 2] as number, b[bj + 2] as number);
  const width = f(f(right - left) + pixelEdge);
  const top = Math.max(a[ai + 1] as number, b[bj + 1] as number);
  const bottom = Math.min(a[ai + 3] as number, b[bj + 3] as number);
  const height = f(f(bottom - top) + pixelEdge);
  const shared = width > 0 && height > 0 ? f(width * height) : 0;
  return f(shared / f(f((areasA[i] as number) + (areasB[j] as number)) - shared));
}
