import { type FloatPlane, gaussianBlur, opencvGrey, opencvResizePlane, type RgbImage } from "@menagerie/vision";
import { type AggdFit, type AggdSums, aggdFit, aggdMean } from "./aggd-fit.ts";
import { undefinedStatistics } from "./undefined-statistics.ts";

export const featureCount = 36;

/** Neighbours whose products are looked at: right, below, below right, above right; as rows down and columns right. */
const neighbours = [
  [0, 1],
  [1, 0],
  [1, 1],
  [-1, 1],
] as const;

/**
 * The 36 statistics that BRISQUE judges by (Mittal, Moorthy, Bovik: "No-Reference Image Quality Assessment in the
 * Spatial Domain", 2012), computed as OpenCV's QualityBRISQUE does: float32 planes, sums in double, 18 statistics of
 * the picture and 18 of its half.
 *
 * @throws ModelError `input_invalid` for a flat or tiny picture, whose statistics are undefined. (OpenCV scores those
 *   as 0, "perfect".)
 */
export function brisqueFeatures(image: RgbImage): Float32Array {
  const grey = opencvGrey(image, 1 / 255);
  refuseFlat(grey);
  const half = opencvResizePlane(grey, {
    width: Math.trunc(grey.width / 2),
    height: Math.trunc(grey.height / 2),
    interpolation: "bicubic",
  });
  const features = Float32Array.from([...scaleFeatures(grey), ...scaleFeatures(half)]);
  if (features.some(Number.isNaN)) throw undefinedStatistics(grey, undefined);
  return features;
}

function scaleFeatures(plane: FloatPlane): number[] {
  const contrast = normalisedContrast(plane);
  const whole = aggdFit(sumsOf(contrast, undefined));
  const features = [whole.shape, (whole.left ** 2 + whole.right ** 2) / 2];
  for (const shift of neighbours) {
    const fit: AggdFit = aggdFit(sumsOf(contrast, shift));
    features.push(fit.shape, aggdMean(fit), fit.left ** 2, fit.right ** 2);
  }
  return features;
}

/** (x - local mean) / (local deviation + 1/255), every step in float32. */
function normalisedContrast(plane: FloatPlane): FloatPlane {
  const { data, width, height } = plane;
  const mean = gaussianBlur(plane, 7, 7 / 6).data;
  const square = gaussianBlur({ data: data.map((value) => value * value), width, height }, 7, 7 / 6).data;
  const f = Math.fround;
  const floor = f(1 / 255);
  const result = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const m = mean[i] as number;
    const deviation = f(Math.sqrt(f((square[i] as number) - f(m * m))));
    const contrast = f((data[i] as number) - m) / f(deviation + floor);
    // Rounding can leave a negative variance; OpenCV counts the root of one as 0.
    result[i] = Number.isNaN(contrast) ? 0 : contrast;
  }
  return { data: result, width, height };
}

/** Sums over the plane itself, or over its products with the neighbour `[down, right]`; outside the plane is 0. */
function sumsOf({ data, width, height }: FloatPlane, shift: readonly [number, number] | undefined): AggdSums {
  const [down, right] = shift ?? [0, 0];
  let negative = 0;
  let positive = 0;
  let squares = 0;
  let signedSquares = 0;
  let absolute = 0;
  for (let y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
    const row = y * width;
    const other = (y + down) * width + right;
    for (let x = 0; x < width - right; x++) {
      const own = data[row + x] as number;
      const value = shift === undefined ? own : Math.fround(own * (data[other + x] as number));
      // No branch on the sign, which is as good as random here and would cost more than all the rest.
      const size = Math.abs(value);
      const square = Math.fround(value * size);
      negative += Number(value < 0);
      positive += Number(value > 0);
      absolute += size;
      squares += Math.abs(square);
      signedSquares += square;
    }
  }
  const [negativeSquares, positiveSquares] = [(squares - signedSquares) / 2, (squares + signedSquares) / 2];
  return { total: width * height, negative, positive, negativeSquares, positiveSquares, absolute };
}

function refuseFlat(grey: FloatPlane): void {
  const first = grey.data[0] as number;
  if (grey.data.every((value) => value === first)) throw undefinedStatistics(grey, Math.round(first * 255));
  if (grey.width < 2 || grey.height < 2) throw undefinedStatistics(grey, undefined);
}
