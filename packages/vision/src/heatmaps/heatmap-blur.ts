/** How a heatmap is smoothed before its peak is refined. */
export type HeatmapBlur = "scipy" | "opencv";

/**
 * Gaussian blur of one heatmap, float32, 11 values wide.
 *
 * `scipy` is `ndimage.gaussian_filter(sigma=0.8, radius=5)` with the border mirrored and its last value repeated, as
 * transformers' VitPose has it; `opencv` is `GaussianBlur((11, 11), 0)`, hence sigma 2, with the border mirrored around
 * its last value, as ViTPose's own code has it.
 */
export function blurHeatmap(values: Float32Array, width: number, height: number, blur: HeatmapBlur): Float32Array {
  const radius = 5;
  const kernel = gaussian(radius, blur === "scipy" ? 0.8 : 2);
  const repeatsEdge = blur === "scipy";
  // scipy filters the first axis first and rounds to float32 in between.
  const between = new Float32Array(values.length);
  alongAxis(values, between, { length: height, step: width, lines: width, lineStep: 1 }, kernel, repeatsEdge);
  const result = new Float32Array(values.length);
  alongAxis(between, result, { length: width, step: 1, lines: height, lineStep: width }, kernel, repeatsEdge);
  return result;
}

interface Axis {
  readonly length: number;
  readonly step: number;
  readonly lines: number;
  readonly lineStep: number;
}

function alongAxis(from: Float32Array, to: Float32Array, axis: Axis, kernel: Float64Array, repeatsEdge: boolean): void {
  const { length, step, lines, lineStep } = axis;
  const radius = (kernel.length - 1) / 2;
  const places = Int32Array.from(
    { length: length + 2 * radius },
    (_, i) => mirrored(i - radius, length, repeatsEdge) * step,
  );
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    for (let i = 0; i < length; i++) {
      let sum = (from[start + (places[i + radius] as number)] as number) * (kernel[radius] as number);
      for (let away = radius; away > 0; away--) {
        const before = from[start + (places[i + radius - away] as number)] as number;
        const after = from[start + (places[i + radius + away] as number)] as number;
        sum += (before + after) * (kernel[radius + away] as number);
      }
      to[start + i * step] = sum;
    }
  }
}

/** A position beyond the border as one inside: `d c b a | a b c d` where the edge is repeated, else `d c b | a b c d`. */
function mirrored(position: number, length: number, repeatsEdge: boolean): number {
  if (length === 1) return 0;
  const period = repeatsEdge ? 2 * length : 2 * length - 2;
  const inside = ((position % period) + period) % period;
  if (inside < length) return inside;
  return repeatsEdge ? period - 1 - inside : period - inside;
}

function gaussian(radius: number, sigma: number): Float64Array {
  const values = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
}
