import type { ResampleArithmetic } from "../preprocessing/image-preprocessing.ts";
import type { ResampleKernel } from "./resample-kernel.ts";

/** For each result pixel of one axis: which source pixels it weighs, and how. */
export interface AxisWeights {
  /** Per result pixel, the first source pixel and how many there are: `[first, count, first, count, …]`. */
  readonly bounds: Int32Array;
  /** Fixed-point weights, `taps` places per result pixel; unused places are 0. */
  readonly weights: Int32Array;
  readonly taps: number;
  /** Fractional bits of the weights. */
  readonly precision: number;
  /** The source pixels that any of these result pixels needs: from `first` up to `end`. */
  readonly first: number;
  readonly end: number;
}

export interface ResampleAxis {
  readonly from: number;
  readonly to: number;
  /** Result pixels wanted: from `first` up to `end`. */
  readonly first: number;
  readonly end: number;
}

/**
 * Weights of one axis in the reference's fixed point. Source of the formula: Pillow's `precompute_coeffs` and
 * `normalize_coeffs_8bpc` (Resample.c), and for torchvision ATen's `compute_index_ranges_int16_weights`.
 */
export function axisWeights(axis: ResampleAxis, kernel: ResampleKernel, arithmetic: ResampleArithmetic): AxisWeights {
  const { real, bounds, taps, largest } = realWeights(axis, kernel);
  const precision = arithmetic === "torchvision" ? int16Precision(largest) : 22;
  const offset = axis.first * taps;
  const weights = new Int32Array((axis.end - axis.first) * taps);
  for (let i = 0; i < weights.length; i++) {
    const weight = (real[offset + i] as number) * 2 ** precision;
    weights[i] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
  }
  const wanted = bounds.slice(2 * axis.first, 2 * axis.end);
  let first = axis.from;
  let end = 0;
  for (let i = 0; i < wanted.length; i += 2) {
    first = Math.min(first, wanted[i] as number);
    end = Math.max(end, (wanted[i] as number) + (wanted[i + 1] as number));
  }
  return { bounds: wanted, weights, taps, precision, first, end };
}

interface RealWeights {
  readonly real: Float64Array;
  readonly bounds: Int32Array;
  readonly taps: number;
  readonly largest: number;
}

/** All result pixels, wanted or not: torchvision's precision follows from the largest weight of the whole axis. */
function realWeights({ from, to }: ResampleAxis, kernel: ResampleKernel): RealWeights {
  const scale = from / to;
  const filterScale = Math.max(scale, 1);
  const support = kernel.support * filterScale;
  // Pillow and ATen both multiply by the reciprocal, which rounds otherwise than a division does.
  const reciprocal = 1 / filterScale;
  const taps = Math.ceil(support) * 2 + 1;
  const real = new Float64Array(to * taps);
  const bounds = new Int32Array(to * 2);
  let largest = 0;
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - first;
    let total = 0;
    for (let j = 0; j < count; j++) {
      const weight = kernel.weight((j + first - centre + 0.5) * reciprocal);
      real[i * taps + j] = weight;
      total += weight;
    }
    for (let j = 0; j < count; j++) {
      const weight = total === 0 ? (real[i * taps + j] as number) : (real[i * taps + j] as number) / total;
      real[i * taps + j] = weight;
      largest = Math.max(largest, weight);
    }
    bounds[2 * i] = first;
    bounds[2 * i + 1] = count;
  }
  return { real, bounds, taps, largest };
}

/** The most fractional bits with which the largest weight still fits an int16. */
function int16Precision(largest: number): number {
  let precision = 0;
  while (precision < 22 && Math.trunc(0.5 + largest * 2 ** (precision + 1)) < 2 ** 15) precision++;
  return precision;
}
