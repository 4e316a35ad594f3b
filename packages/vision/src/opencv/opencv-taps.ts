import { roundHalfToEven } from "../round-half-to-even.ts";
import type { OpencvInterpolation } from "./opencv-interpolation.ts";

/** For each result position of one axis, `taps` source positions inside the source and their float32 weights. */
export interface OpencvTaps {
  readonly taps: number;
  readonly indices: Int32Array;
  readonly weights: Float32Array;
}

/** Weights as OpenCV's fixed-point path has them: 11 fractional bits, each rounded half to even by itself. */
export function fixedPointWeights({ weights }: OpencvTaps): Int32Array {
  return Int32Array.from(weights, (weight) => roundHalfToEven(Math.fround(weight * 2048)));
}

/**
 * Where OpenCV's `resize` looks along one axis, border repeated (`resize.cpp`, the general path).
 *
 * `area` here is what INTER_AREA does on an axis that grows or where the other one does: two taps like linear, but the
 * second one only near the end of a source pixel.
 */
export function opencvTaps(
  from: number,
  to: number,
  interpolation: Exclude<OpencvInterpolation, "nearest" | "nearest_exact">,
  axis: "columns" | "rows",
): OpencvTaps {
  // OpenCV takes the reciprocal of a ratio here, which is not always the other ratio.
  const inverse = to / from;
  const scale = 1 / inverse;
  if (interpolation === "bicubic") return cubicTaps(from, to, scale);
  const indices = new Int32Array(2 * to);
  const weights = new Float32Array(2 * to);
  for (let i = 0; i < to; i++) {
    let [first, fraction] = interpolation === "area" ? areaPosition(i, scale, inverse) : linearPosition(i, scale);
    // Beyond the border, columns take one pixel with all of the weight, rows the same row twice with parts of it.
    if (axis === "columns") {
      if (first < 0) [first, fraction] = [0, 0];
      if (first >= from - 1) [first, fraction] = [from - 1, 0];
    }
    indices[2 * i] = Math.min(Math.max(first, 0), from - 1);
    indices[2 * i + 1] = Math.min(Math.max(first + 1, 0), from - 1);
    weights[2 * i] = Math.fround(1 - fraction);
    weights[2 * i + 1] = fraction;
  }
  return { taps: 2, indices, weights };
}

function linearPosition(i: number, scale: number): [first: number, fraction: number] {
  const position = Math.fround((i + 0.5) * scale - 0.5);
  const first = Math.floor(position);
  return [first, Math.fround(position - first)];
}

function areaPosition(i: number, scale: number, inverse: number): [first: number, fraction: number] {
  const first = Math.floor(i * scale);
  const fraction = Math.fround(i + 1 - (first + 1) * inverse);
  return [first, fraction <= 0 ? 0 : Math.fround(fraction - Math.floor(fraction))];
}

function cubicTaps(from: number, to: number, scale: number): OpencvTaps {
  const indices = new Int32Array(4 * to);
  const weights = new Float32Array(4 * to);
  for (let i = 0; i < to; i++) {
    const [first, fraction] = linearPosition(i, scale);
    weights.set(cubicWeights(fraction), 4 * i);
    for (let tap = 0; tap < 4; tap++) indices[4 * i + tap] = Math.min(Math.max(first - 1 + tap, 0), from - 1);
  }
  return { taps: 4, indices, weights };
}

/** `interpolateCubic` with a = -0.75, every operation in float32. */
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
