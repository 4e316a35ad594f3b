import { ModelError } from "@menagerie/core";
import type { FloatPlane } from "../float-plane.ts";
import { checkSides } from "../picture-sides.ts";

/**
 * Gaussian blur of odd `size` with the border repeated: OpenCV's `GaussianBlur(…, BORDER_REPLICATE)` on float32.
 *
 * OpenCV's vector code adds with one rounding (fused multiply-add) where its scalar code, which does the columns that
 * fill no vector, rounds twice. In flat regions that last bit decides the sign of what is left after the mean is
 * subtracted, so it is followed here. (A sum of exact double products, rounded once, is the fused operation.)
 * @throws ModelError `input_invalid` for a kernel that cannot be, or data of another length than the sides say
 */
export function gaussianBlur({ data, width, height }: FloatPlane, size: number, sigma: number): FloatPlane {
  if (
    !(size % 2 === 1 && size > 0 && size <= widestKernel && sigma >= 0.01) ||
    data.length !== checkSides(width, height)
  )
    throw new ModelError(
      "input_invalid",
      `A blur of size ${size} and sigma ${sigma} over ${data.length} values as ${width} x ${height} cannot be: sizes are odd, 1 to ${widestKernel}.`,
    );
  const kernel = gaussianKernel(size, sigma);
  const radius = (size - 1) / 2;
  const between = new Float32Array(data.length);
  const padded = new Float32Array(width + 2 * radius);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    padded.set(row, radius);
    padded.fill(row[0] as number, 0, radius);
    padded.fill(row[width - 1] as number, radius + width);
    blurRow(padded, kernel, between.subarray(y * width, (y + 1) * width));
  }
  const result = new Float32Array(data.length);
  const rowAt = (y: number): Float32Array => {
    const inside = Math.min(Math.max(y, 0), height - 1);
    return between.subarray(inside * width, (inside + 1) * width);
  };
  for (let y = 0; y < height; y++) {
    const rows = Array.from(kernel, (_, i) => rowAt(y + i - radius));
    blurColumn(rows, kernel, result.subarray(y * width, (y + 1) * width));
  }
  return { data: result, width, height };
}

/** Far wider than any in use. */
const widestKernel = 1023;

/** Lanes of OpenCV's row loop, whose second step is narrower, and of its column loop. */
const rowLanes = 4;
const columnLanes = 8;

function blurRow(padded: Float32Array, kernel: Float32Array, result: Float32Array): void {
  const fused = result.length - (result.length % rowLanes);
  for (let tap = 0; tap < kernel.length; tap++) {
    const weight = kernel[tap] as number;
    for (let x = 0; x < fused; x++) result[x] = (padded[x + tap] as number) * weight + (result[x] as number);
    for (let x = fused; x < result.length; x++)
      result[x] = Math.fround((padded[x + tap] as number) * weight) + (result[x] as number);
  }
}

function blurColumn(rows: readonly Float32Array[], kernel: Float32Array, result: Float32Array): void {
  const radius = (kernel.length - 1) / 2;
  const fused = result.length - (result.length % columnLanes);
  const middle = rows[radius] as Float32Array;
  for (let x = 0; x < result.length; x++) result[x] = (middle[x] as number) * (kernel[radius] as number);
  for (let away = 1; away <= radius; away++) {
    const above = rows[radius - away] as Float32Array;
    const below = rows[radius + away] as Float32Array;
    const weight = kernel[radius + away] as number;
    for (let x = 0; x < fused; x++) {
      result[x] = Math.fround((below[x] as number) + (above[x] as number)) * weight + (result[x] as number);
    }
    for (let x = fused; x < result.length; x++) {
      result[x] =
        Math.fround(Math.fround((below[x] as number) + (above[x] as number)) * weight) + (result[x] as number);
    }
  }
}

/** `getGaussianKernel`: computed in double, summed to 1, then rounded to float32. */
function gaussianKernel(size: number, sigma: number): Float32Array {
  const values = Array.from({ length: size }, (_, i) => Math.exp((-0.5 * (i - (size - 1) / 2) ** 2) / sigma ** 2));
  const total = values.reduce((sum, value) => sum + value, 0);
  return Float32Array.from(values, (value) => value / total);
}
