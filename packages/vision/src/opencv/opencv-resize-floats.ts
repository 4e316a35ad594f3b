import type { FloatPlane } from "../float-plane.ts";
import type { OpencvTaps } from "./opencv-taps.ts";

/** OpenCV's resize of float32 by two or four taps per axis, each operation rounded where OpenCV rounds. */
export function resizeFloats(plane: FloatPlane, columns: OpencvTaps, rows: OpencvTaps, result: Float32Array): void {
  const { taps } = rows;
  const width = columns.indices.length / taps;
  const height = rows.indices.length / taps;
  // Rows in use together are neighbours (or the border repeated), so their remainders differ.
  const lines = Array.from({ length: taps }, () => new Float32Array(width));
  const held = new Array<number>(taps).fill(-1);
  for (let y = 0; y < height; y++) {
    const first = y * taps;
    for (let tap = 0; tap < taps; tap++) {
      const row = rows.indices[first + tap] as number;
      const slot = row % taps;
      if (held[slot] === row) continue;
      held[slot] = row;
      const line = lines[slot] as Float32Array;
      if (taps === 2) filterLinear(plane, row, columns, line);
      else filterCubic(plane, row, columns, line);
    }
    const line = (tap: number): Float32Array => lines[(rows.indices[first + tap] as number) % taps] as Float32Array;
    const weights = rows.weights.subarray(first, first + taps);
    const target = result.subarray(y * width, (y + 1) * width);
    if (taps === 2) combineLinear(line(0), line(1), weights, target);
    else combineCubic([line(0), line(1), line(2), line(3)], weights, target);
  }
}

function filterLinear({ data, width }: FloatPlane, row: number, columns: OpencvTaps, line: Float32Array): void {
  const f = Math.fround;
  const { indices, weights } = columns;
  const start = row * width;
  for (let x = 0, tap = 0; x < line.length; x++, tap += 2) {
    const a = f((data[start + (indices[tap] as number)] as number) * (weights[tap] as number));
    line[x] = a + f((data[start + (indices[tap + 1] as number)] as number) * (weights[tap + 1] as number));
  }
}

function combineLinear(a: Float32Array, b: Float32Array, weights: Float32Array, result: Float32Array): void {
  const f = Math.fround;
  const [wa, wb] = weights as unknown as [number, number];
  for (let x = 0; x < result.length; x++) result[x] = f((a[x] as number) * wa) + f((b[x] as number) * wb);
}

function filterCubic({ data, width }: FloatPlane, row: number, columns: OpencvTaps, line: Float32Array): void {
  const f = Math.fround;
  const { indices, weights } = columns;
  const start = row * width;
  const product = (tap: number): number =>
    f((data[start + (indices[tap] as number)] as number) * (weights[tap] as number));
  for (let x = 0, tap = 0; x < line.length; x++, tap += 4) {
    line[x] = f(f(product(tap) + product(tap + 1)) + product(tap + 2)) + product(tap + 3);
  }
}

function combineCubic(
  [a, b, c, d]: readonly [Float32Array, Float32Array, Float32Array, Float32Array],
  weights: Float32Array,
  result: Float32Array,
): void {
  const f = Math.fround;
  const [wa, wb, wc, wd] = weights as unknown as [number, number, number, number];
  // OpenCV's vectors of four add from the last row to the first, its scalar code the other way.
  const inVectors = result.length - (result.length % 4);
  for (let x = 0; x < result.length; x++) {
    const pa = f((a[x] as number) * wa);
    const pb = f((b[x] as number) * wb);
    const pc = f((c[x] as number) * wc);
    const pd = f((d[x] as number) * wd);
    result[x] = x < inVectors ? f(f(pd + pc) + pb) + pa : f(f(pa + pb) + pc) + pd;
  }
}
