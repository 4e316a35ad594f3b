/** For each result position of one axis, `taps` source positions inside the source and their float32 weights. */
export interface InterpolationAxis {
  readonly taps: number;
  readonly indices: Int32Array;
  readonly weights: Float32Array;
}

export type InterpolationMode = "nearest" | "nearest-exact" | "bilinear" | "bicubic";

export interface AxisSpan {
  readonly from: number;
  readonly to: number;
  /** The `scale_factor` that the result's size was computed from, where it was; it, not the sizes, then gives the step. */
  readonly scaleFactor?: number | undefined;
}

/**
 * Where torch's `interpolate` looks along one axis. Source of the formulas: ATen's `area_pixel_compute_scale`,
 * `area_pixel_compute_source_index` and the cubic convolution coefficients with a = -0.75 (UpSample.h), in float32.
 */
export function interpolationAxis(span: AxisSpan, mode: InterpolationMode, alignCorners: boolean): InterpolationAxis {
  const { from, to } = span;
  if (mode === "nearest" || mode === "nearest-exact") return nearestAxis(span, mode === "nearest" ? 0 : 0.5);
  const f = Math.fround;
  const taps = mode === "bilinear" ? 2 : 4;
  const scale = alignCorners ? (to > 1 ? f((from - 1) / (to - 1)) : 0) : stepOf(span);
  const indices = new Int32Array(taps * to);
  const weights = new Float32Array(taps * to);
  for (let i = 0; i < to; i++) {
    const centre = alignCorners ? f(scale * i) : f(scale * f(i + 0.5) - 0.5);
    const position = mode === "bilinear" ? Math.max(centre, 0) : centre;
    const first = Math.min(Math.floor(position), from - 1);
    const fraction = Math.min(Math.max(f(position - first), 0), 1);
    if (taps === 2) {
      weights[2 * i] = 1 - fraction;
      weights[2 * i + 1] = fraction;
    } else weights.set(cubicWeights(fraction), 4 * i);
    for (let tap = 0; tap < taps; tap++) {
      const at = taps === 2 ? first + tap : first - 1 + tap;
      indices[taps * i + tap] = Math.min(Math.max(at, 0), from - 1);
    }
  }
  return { taps, indices, weights };
}

function stepOf({ from, to, scaleFactor }: AxisSpan): number {
  return Math.fround(scaleFactor === undefined ? from / to : 1 / scaleFactor);
}

function nearestAxis(span: AxisSpan, offset: number): InterpolationAxis {
  const { from, to } = span;
  const step = stepOf(span);
  const indices = Int32Array.from({ length: to }, (_, i) => {
    if (offset === 0 && from === to) return i;
    if (offset === 0 && to === 2 * from) return i >> 1;
    return Math.min(Math.floor(Math.fround((i + offset) * step)), from - 1);
  });
  return { taps: 1, indices, weights: new Float32Array(to).fill(1) };
}

/** Keys' cubic convolution at distances 1 + x, x, 1 - x and 2 - x, each operation in float32. */
function cubicWeights(x: number): [number, number, number, number] {
  const f = Math.fround;
  const a = -0.75;
  const near = (d: number): number => f(f(f(f(f((a + 2) * d) - (a + 3)) * d) * d) + 1);
  const far = (d: number): number => f(f(f(f(f(f(a * d) - 5 * a) * d) + 8 * a) * d) - 4 * a);
  return [far(f(x + 1)), near(x), near(f(1 - x)), far(f(f(1 - x) + 1))];
}
