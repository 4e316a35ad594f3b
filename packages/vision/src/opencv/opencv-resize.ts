import type { FloatPlane } from "../float-plane.ts";

/**
 * OpenCV's `resize(…, INTER_CUBIC)` on float32: four taps per axis, a = -0.75, the border repeated, no antialiasing.
 *
 * Equal to OpenCV without Intel's IPP to the bit; a build that uses IPP differs by up to 2e-7 of the largest value.
 */
export function opencvResizeCubic(plane: FloatPlane, width: number, height: number): FloatPlane {
  if (width === plane.width && height === plane.height) return plane;
  const columns = cubicTaps(plane.width, width);
  const rows = cubicTaps(plane.height, height);
  const filtered = new Map<number, Float32Array>();
  const result = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const first = 4 * y;
    const needed = rows.indices.subarray(first, first + 4);
    for (const row of filtered.keys()) if (row < Math.min(...needed)) filtered.delete(row);
    const [a, b, c, d] = Array.from(needed, (row) => {
      const known = filtered.get(row) ?? filterRow(plane, row, columns, width);
      filtered.set(row, known);
      return known;
    }) as [Float32Array, Float32Array, Float32Array, Float32Array];
    combine([a, b, c, d], rows.weights.subarray(first, first + 4), result.subarray(y * width, (y + 1) * width));
  }
  return { data: result, width, height };
}

interface CubicTaps {
  /** Four source positions per result position, inside the source. */
  readonly indices: Int32Array;
  readonly weights: Float32Array;
}

function cubicTaps(from: number, to: number): CubicTaps {
  const indices = new Int32Array(4 * to);
  const weights = new Float32Array(4 * to);
  // OpenCV takes the reciprocal of a ratio here, which is not always the other ratio.
  const scale = 1 / (to / from);
  for (let i = 0; i < to; i++) {
    const position = Math.fround((i + 0.5) * scale - 0.5);
    const first = Math.floor(position);
    weights.set(cubicWeights(Math.fround(position - first)), 4 * i);
    for (let tap = 0; tap < 4; tap++) indices[4 * i + tap] = Math.min(Math.max(first - 1 + tap, 0), from - 1);
  }
  return { indices, weights };
}

/** `interpolateCubic`, every operation in float32. */
function cubicWeights(x: number): [number, number, number, number] {
  const f = Math.fround;
  const a = -0.75;
  const beyond = f(x + 1);
  const w0 = f(f(f(f(f(f(a * beyond) - 5 * a) * beyond) + 8 * a) * beyond) - 4 * a);
  const near = (distance: number): number => f(f(f(f(f((a + 2) * distance) - (a + 3)) * distance) * distance) + 1);
  const w1 = near(x);
  const w2 = near(f(1 - x));
  return [w0, w1, w2, f(f(f(1 - w0) - w1) - w2)];
}

function filterRow(
  { data, width }: FloatPlane,
  row: number,
  { indices, weights }: CubicTaps,
  to: number,
): Float32Array {
  const f = Math.fround;
  const result = new Float32Array(to);
  const start = row * width;
  const product = (tap: number): number =>
    f((data[start + (indices[tap] as number)] as number) * (weights[tap] as number));
  for (let x = 0, tap = 0; x < to; x++, tap += 4) {
    result[x] = f(f(product(tap) + product(tap + 1)) + product(tap + 2)) + product(tap + 3);
  }
  return result;
}

function combine(
  [a, b, c, d]: readonly [Float32Array, Float32Array, Float32Array, Float32Array],
  weights: Float32Array,
  result: Float32Array,
): void {
  const f = Math.fround;
  const [wa, wb, wc, wd] = weights as unknown as [number, number, number, number];
  // OpenCV's vectors of four add from the last row to the first, its scalar code the other way.
  const inVectors = result.length - (result.length % 4);
  for (let x = 0; x < result.length; x++) {
    const [pa, pb, pc, pd] = [
      f((a[x] as number) * wa),
      f((b[x] as number) * wb),
      f((c[x] as number) * wc),
      f((d[x] as number) * wd),
    ];
    result[x] = x < inVectors ? f(f(pd + pc) + pb) + pa : f(f(pa + pb) + pc) + pd;
  }
}
