import type { RgbImage } from "@menagerie/vision";
import { aggdMean, fitSides, nearestIn, shapeRatios } from "./live-fit.ts";
import { halved, type Plane } from "./live-half.ts";
import { undefinedStatistics } from "./undefined-statistics.ts";

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
  const features = Float64Array.from([
    ...statistics(whole, "in-two"),
    ...(half === undefined ? [Number.NaN] : statistics(half, "in-turn")),
  ]);
  if (features.length === 36 && features.every(Number.isFinite)) return features;
  const [first = 0] = whole.data;
  throw undefinedStatistics(image, whole.data.every((level) => level === first) ? first : undefined);
}

function luma({ data, width, height }: RgbImage): Plane {
  const level = (i: number): number => ((data[i] as number) / 255) * 255;
  const values = Float64Array.from({ length: width * height }, (_, i) =>
    roundHalfToEven(level(3 * i) * 0.299 + level(3 * i + 1) * 0.587 + level(3 * i + 2) * 0.114),
  );
  return { data: values, width, height };
}

function statistics(plane: Plane, summation: Summation): number[] {
  const contrast = normalisedContrast(plane, summation);
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

function normalisedContrast({ data, width, height }: Plane, summation: Summation): Plane {
  const mean = blurred({ data, width, height }, summation);
  const square = blurred({ data: data.map((value) => value * value), width, height }, summation);
  const values = data.map((value, i) => {
    const m = mean[i] as number;
    return (value - m) / (Math.sqrt(Math.abs((square[i] as number) - m * m)) + 1);
  });
  return { data: values, width, height };
}

/**
 * In which order a window's 49 products are added: one after the other, or two sums of every other one, the first product
 * in both places' lead. In a flat area what rounding leaves is all there is, and its sign is counted.
 */
type Summation = "in-turn" | "in-two";

/**
 * A Gaussian window of 7 x 7 (deviation 7/6), zeros outside, row by row. torch adds up in two sums where a picture's colours
 * lie side by side, as those of the whole picture did, and in turn elsewhere.
 */
function blurred({ data, width, height }: Plane, summation: Summation): Float64Array {
  const wide = width + 6;
  const padded = new Float64Array(wide * (height + 6));
  for (let y = 0; y < height; y++) padded.set(data.subarray(y * width, (y + 1) * width), (y + 3) * wide + 3);
  const places = Int32Array.from({ length: 49 }, (_, k) => Math.trunc(k / 7) * wide + (k % 7));
  const product = (corner: number, k: number): number =>
    (window[k] as number) * (padded[corner + (places[k] as number)] as number);
  const result = new Float64Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const corner = y * wide + x;
      let [sum, other] = [product(corner, 0), 0];
      if (summation === "in-turn") for (let k = 1; k < 49; k++) sum += product(corner, k);
      else
        for (let k = 1; k < 49; k += 2) {
          sum += product(corner, k);
          other += product(corner, k + 1);
        }
      result[y * width + x] = sum + other;
    }
  return result;
}

/** Weights by the squared distance from the middle, whose bits no formula gives on every machine. */
const weights: Readonly<Record<number, number>> = {
  0: 0.1173963553900135,
  1: 0.08130511451661487,
  2: 0.05630942821519818,
  4: 0.027008944999942323,
  5: 0.01870556678610541,
  8: 0.006213848015864078,
  9: 0.004303520521060793,
  10: 0.0029804862989742742,
  13: 0.0009900950389243662,
  18: 0.0001577586358082699,
};
const window: Float64Array = Float64Array.from(
  { length: 49 },
  (_, k) => weights[(Math.trunc(k / 7) - 3) ** 2 + ((k % 7) - 3) ** 2] as number,
);

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
