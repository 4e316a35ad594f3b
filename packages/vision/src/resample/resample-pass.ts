import type { AxisWeights } from "./resample-weights.ts";

/** A plane of interleaved RGB bytes that one pass reads; `originX` and `originY` say which source pixel comes first. */
export interface PassSource {
  readonly data: Uint8Array;
  /** Pixels per row of `data`. */
  readonly stride: number;
  readonly originX: number;
  readonly originY: number;
}

/** The two passes; whoever implements them gives the same bytes. */
export interface ResamplePasses {
  /** Filters rows `[top, bottom)` along x; the result is uint8 `[bottom - top, axis length, 3]`. */
  horizontal(source: PassSource, axis: AxisWeights, top: number, bottom: number): Uint8Array;
  /** Filters columns `[left, right)` along y; the result is uint8 `[axis length, right - left, 3]`. */
  vertical(source: PassSource, axis: AxisWeights, left: number, right: number): Uint8Array;
}

export const scalarPasses: ResamplePasses = { horizontal: horizontalPass, vertical: verticalPass };

function horizontalPass(source: PassSource, axis: AxisWeights, top: number, bottom: number): Uint8Array {
  const { data, stride, originX, originY } = source;
  const { bounds, weights, taps, precision } = axis;
  const width = bounds.length / 2;
  const half = 1 << (precision - 1);
  // Clamped to 0..255 as it is written.
  const result = new Uint8ClampedArray((bottom - top) * width * 3);
  let write = 0;
  for (let y = top; y < bottom; y++) {
    const row = (y - originY) * stride - originX;
    for (let x = 0; x < width; x++) {
      let read = (row + (bounds[2 * x] as number)) * 3;
      const end = x * taps + (bounds[2 * x + 1] as number);
      let red = half;
      let green = half;
      let blue = half;
      for (let tap = x * taps; tap < end; tap++) {
        const weight = weights[tap] as number;
        red = (red + Math.imul(data[read] as number, weight)) | 0;
        green = (green + Math.imul(data[read + 1] as number, weight)) | 0;
        blue = (blue + Math.imul(data[read + 2] as number, weight)) | 0;
        read += 3;
      }
      result[write] = red >> precision;
      result[write + 1] = green >> precision;
      result[write + 2] = blue >> precision;
      write += 3;
    }
  }
  return new Uint8Array(result.buffer);
}

function verticalPass(source: PassSource, axis: AxisWeights, left: number, right: number): Uint8Array {
  const { data, stride, originX, originY } = source;
  const { bounds, weights, taps, precision } = axis;
  const height = bounds.length / 2;
  const rowBytes = (right - left) * 3;
  const half = 1 << (precision - 1);
  // Clamped to 0..255 as it is written.
  const result = new Uint8ClampedArray(height * rowBytes);
  // One whole row of sums at a time, so that the source is read in the order in which it lies in memory.
  const sums = new Int32Array(rowBytes);
  for (let y = 0; y < height; y++) {
    const first = bounds[2 * y] as number;
    const count = bounds[2 * y + 1] as number;
    sums.fill(half);
    for (let tap = 0; tap < count; tap++) {
      const weight = weights[y * taps + tap] as number;
      let read = ((first + tap - originY) * stride + left - originX) * 3;
      for (let i = 0; i < rowBytes; i++) {
        sums[i] = (sums[i] as number) + Math.imul(data[read++] as number, weight);
      }
    }
    const write = y * rowBytes;
    for (let i = 0; i < rowBytes; i++) result[write + i] = (sums[i] as number) >> precision;
  }
  return new Uint8Array(result.buffer);
}
