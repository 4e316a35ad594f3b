import { gamma } from "./gamma.ts";

/** An asymmetric generalised Gaussian: its shape, and the spread of each side. */
export interface AggdFit {
  readonly shape: number;
  readonly left: number;
  readonly right: number;
}

/** The sums that the fit needs. */
export interface AggdSums {
  readonly total: number;
  readonly negative: number;
  readonly positive: number;
  readonly negativeSquares: number;
  readonly positiveSquares: number;
  readonly absolute: number;
}

/**
 * Fits by moments, as OpenCV's `AGGDfit` does. All sides are NaN where one side has no value at all.
 */
export function aggdFit(sums: AggdSums): AggdFit {
  const left = Math.sqrt(sums.negativeSquares / sums.negative);
  const right = Math.sqrt(sums.positiveSquares / sums.positive);
  const ratio = left / right;
  const mean = sums.absolute / sums.total;
  const r = mean ** 2 / ((sums.negativeSquares + sums.positiveSquares) / sums.total);
  const wanted = (r * (ratio ** 3 + 1) * (ratio + 1)) / (ratio ** 2 + 1) ** 2;
  return { shape: nearestShape(wanted), left, right };
}

/** Mean of the distribution that the fit describes. */
export function aggdMean({ shape, left, right }: AggdFit): number {
  const spread = Math.sqrt(gamma(1 / shape)) / Math.sqrt(gamma(3 / shape));
  return (right - left) * (gamma(2 / shape) / gamma(1 / shape)) * spread;
}

/** The last shape of the grid before the distance to `wanted` grows again. */
function nearestShape(wanted: number): number {
  if (Number.isNaN(wanted)) return Number.NaN;
  const { shapes, ratios } = shapeGrid();
  let best = 0;
  let distance = 1e10;
  for (let i = 0; i < shapes.length; i++) {
    const next = Math.abs((ratios[i] as number) - wanted);
    if (next > distance) break;
    distance = next;
    best = shapes[i] as number;
  }
  return best;
}

interface ShapeGrid {
  readonly shapes: readonly number[];
  /** gamma(2/a)^2 / (gamma(1/a) gamma(3/a)) of each shape a. */
  readonly ratios: readonly number[];
}

let grid: ShapeGrid | undefined;

function shapeGrid(): ShapeGrid {
  if (grid !== undefined) return grid;
  const shapes: number[] = [];
  // The step is added up as OpenCV adds it, rounding included.
  for (let shape = 0.2; shape < 10; shape += 0.001) shapes.push(shape);
  grid = { shapes, ratios: shapes.map((shape) => gamma(2 / shape) ** 2 / (gamma(1 / shape) * gamma(3 / shape))) };
  return grid;
}
