import type { AggdFit } from "./aggd-fit.ts";
import { gamma } from "./gamma.ts";

export { aggdMean } from "./aggd-fit.ts";

/** Fits an asymmetric generalised Gaussian by moments, over the grid of shapes of the authors' release. NaN without both sides. */
export function fitSides(values: Float64Array): AggdFit {
  let [negative, positive, negativeSquares, positiveSquares, absolute] = [0, 0, 0, 0, 0];
  for (const value of values) {
    absolute += Math.abs(value);
    if (value < 0) {
      negative++;
      negativeSquares += value * value;
    } else if (value > 0) {
      positive++;
      positiveSquares += value * value;
    }
  }
  const left = Math.sqrt(negativeSquares / negative);
  const right = Math.sqrt(positiveSquares / positive);
  const ratio = left / right;
  const mean = absolute / values.length;
  const r = mean ** 2 / ((negativeSquares + positiveSquares) / values.length);
  const wanted = (r * (ratio ** 3 + 1) * (ratio + 1)) / (ratio ** 2 + 1) ** 2;
  return { shape: nearestIn(shapeRatios().asymmetric, wanted), left, right };
}

/** The shape whose ratio is nearest to `wanted`. */
export function nearestIn(ratios: Float64Array, wanted: number): number {
  if (Number.isNaN(wanted)) return Number.NaN;
  let best = 0;
  for (let i = 1; i < ratios.length; i++)
    if (Math.abs((ratios[i] as number) - wanted) < Math.abs((ratios[best] as number) - wanted)) best = i;
  return shapeAt(best);
}

interface ShapeRatios {
  /** gamma(1/a) gamma(3/a) / gamma(2/a)^2 of each shape a. */
  readonly symmetric: Float64Array;
  /** Its inverse. */
  readonly asymmetric: Float64Array;
}

let ratios: ShapeRatios | undefined;

export function shapeRatios(): ShapeRatios {
  if (ratios !== undefined) return ratios;
  const symmetric = Float64Array.from({ length: 9801 }, (_, i) => {
    const shape = shapeAt(i);
    return (gamma(1 / shape) * gamma(3 / shape)) / gamma(2 / shape) ** 2;
  });
  ratios = { symmetric, asymmetric: symmetric.map((ratio) => 1 / ratio) };
  return ratios;
}

/** 0.2 to 10 in steps of 0.001. */
function shapeAt(i: number): number {
  return 0.2 + i * 0.001;
}
