import { ModelError } from "@menagerie/core";
import type { RgbImage } from "@menagerie/vision";
import { aggdMean, fitSides, nearestIn, shapeRatios } from "./live-fit.ts";

/** A plane of float64. */
interface Plane {
  readonly data: Float64Array;
  readonly width: number;
  readonly height: number;
}

/** Neighbours whose products are looked at: rows and columns by which the plane is rolled, its ends joined. */
const rolls = [
  [0, 1],
  [1, 0],
  [1, 1],
  [-1, 1],
] as const;

/**
 * The 36 statistics of the authors' own release (LIVE), as piq computes them in float64: rounded luma of 0..255, a window
 * of 7 x 7 (deviation 7/6) with zeros around the picture, a constant of 1, and the half by MATLAB's antialiased bicubic.
 *
 * @throws ModelError `input_invalid` for a flat or tiny picture, whose statistics are undefined
 */
export function liveFeatures(image: RgbImage): Float64Array {
  const whole = luma(image);
  const half = halved(whole);
  const features = Float64Array.from([...statistics(whole), ...(half === undefined ? [Number.NaN] : statistics(half))]);
  if (features.length === 36 && features.every(Number.isFinite)) return features;
  throw new ModelError(
    "input_invalid",
    `The picture of ${image.width} x ${image.height} pixels is flat or tiny, so the statistics that BRISQUE judges by are undefined. Send a picture with some texture.`,
    { details: { width: image.width, height: image.height } },
  );
}

function luma({ data, width, height }: RgbImage): Plane {
  const level = (i: number): number => ((data[i] as number) / 255) * 255;
  const values = Float64Array.from({ length: width * height }, (_, i) =>
    roundHalfToEven(level(3 * i) * 0.299 + level(3 * i + 1) * 0.587 + level(3 * i + 2) * 0.114),
  );
  return { data: values, width, height };
}

function statistics(plane: Plane): number[] {
  const contrast = normalisedContrast(plane);
  const { data, width, height } = contrast;
  const variance = meanOf(data, (value) => value * value);
  const size = meanOf(data, Math.abs);
  const features = [nearestIn(shapeRatios().symmetric, variance / size ** 2), variance];
  for (const [down, right] of rolls) {
    const products = new Float64Array(data.length);
    for (let y = 0; y < height; y++) {
      const other = ((y - down + height) % height) * width;
      for (let x = 0; x < width; x++)
        products[y * width + x] =
          (data[y * width + x] as number) * (data[other + ((x - right + width) % width)] as number);
    }
    const fit = fitSides(products);
    features.push(fit.shape, aggdMean(fit), fit.left ** 2, fit.right ** 2);
  }
  return features;
}

function normalisedContrast({ data, width, height }: Plane): Plane {
  const mean = blurred({ data, width, height });
  const square = blurred({ data: data.map((value) => value * value), width, height });
  const values = data.map((value, i) => {
    const m = mean[i] as number;
    return (value - m) / (Math.sqrt(Math.abs((square[i] as number) - m * m)) + 1);
  });
  return { data: values, width, height };
}

/** Gaussian window of 7 x 7, zeros outside. */
function blurred({ data, width, height }: Plane): Float64Array {
  const weights = Array.from({ length: 7 }, (_, i) => Math.exp(-((i - 3) ** 2) / (2 * (7 / 6) ** 2)));
  const sum = weights.reduce((a, b) => a + b, 0);
  const along = (values: Float64Array, step: number, length: (i: number) => number, count: number) =>
    values.map((_, i) => {
      const place = length(i);
      let total = 0;
      for (let k = -3; k <= 3; k++)
        if (place + k >= 0 && place + k < count)
          total += ((weights[k + 3] as number) / sum) * (values[i + k * step] as number);
      return total;
    });
  const rows = along(data, 1, (i) => i % width, width);
  return along(rows, width, (i) => Math.floor(i / width), height);
}

/** MATLAB's imresize by a half, rounded down: bicubic widened by the scale, ends mirrored with their last pixel twice. */
function halved({ data, width, height }: Plane): Plane | undefined {
  const [newWidth, newHeight] = [Math.floor(width / 2), Math.floor(height / 2)];
  if (newWidth < 2 || newHeight < 2) return undefined;
  const rows = resizedAxis(height, newHeight);
  const columns = resizedAxis(width, newWidth);
  const upright = new Float64Array(width * newHeight);
  for (const [y, taps] of rows.entries())
    for (let x = 0; x < width; x++)
      upright[y * width + x] = Math.fround(
        taps.reduce((sum, { index, weight }) => sum + weight * (data[index * width + x] as number), 0),
      );
  const result = new Float64Array(newWidth * newHeight);
  for (let y = 0; y < newHeight; y++)
    for (const [x, taps] of columns.entries())
      result[y * newWidth + x] = Math.fround(
        taps.reduce((sum, { index, weight }) => sum + weight * (upright[y * width + index] as number), 0),
      );
  return { data: result, width: newWidth, height: newHeight };
}

interface Tap {
  readonly index: number;
  readonly weight: number;
}

function resizedAxis(from: number, to: number): Tap[][] {
  const scale = to / from;
  const count = Math.ceil(4 / scale) + 2;
  return Array.from({ length: to }, (_, i) => {
    const position = (i + 0.5) / scale - 0.5;
    const first = Math.floor(position) - Math.floor(count / 2) + 1;
    const taps = Array.from({ length: count }, (_, k) => ({
      index: mirrored(first + k, from),
      weight: cubic((position - first - k) * scale),
    }));
    const sum = taps.reduce((total, { weight }) => total + weight, 0);
    return taps.map(({ index, weight }) => ({ index, weight: weight / sum }));
  });
}

function mirrored(index: number, length: number): number {
  const inside = index < 0 ? -index - 1 : index >= length ? 2 * length - index - 1 : index;
  return Math.min(Math.max(inside, 0), length - 1);
}

/** Keys' kernel with a = -0.5. */
function cubic(x: number): number {
  const a = Math.abs(x);
  if (a <= 1) return 1.5 * a ** 3 - 2.5 * a ** 2 + 1;
  return a <= 2 ? -0.5 * a ** 3 + 2.5 * a ** 2 - 4 * a + 2 : 0;
}

function meanOf(values: Float64Array, of: (value: number) => number): number {
  let sum = 0;
  for (const value of values) sum += of(value);
  return sum / values.length;
}

function roundHalfToEven(value: number): number {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}
