import { ModelError } from "@menagerie/core";
import type { FloatPlanes } from "../float-planes.ts";
import { checkSides } from "../picture-sides.ts";
import type { PoseFrame } from "../warp/pose-crop.ts";
import { blurHeatmap, type HeatmapBlur } from "./heatmap-blur.ts";
import { numpyLogarithm } from "./numpy-logarithm.ts";

export interface HeatmapKeypoints {
  /** `[channels, 2]` as x, y: pixels of the heatmap, or of the picture where a frame was given. */
  readonly points: Float32Array;
  /** The largest value of each heatmap. */
  readonly scores: Float32Array;
}

export interface KeypointOptions {
  /** `scipy` (transformers; default) or `opencv` (ViTPose's own code). */
  readonly blur?: HeatmapBlur | undefined;
  /** Where in the picture the model looked: points are then the picture's. */
  readonly frame?: PoseFrame | undefined;
  /** The heatmap that lies before the first one in the reference's memory; default: the last of these, as there. */
  readonly before?: Float32Array | undefined;
}

/**
 * One point per heatmap: its largest value, moved to the top of the parabola through the logarithm of the blurred map
 * around it (DARK: Zhang et al., CVPR 2020; unbiased coordinates: Huang et al., CVPR 2020). What
 * `VitPoseImageProcessor.post_process_pose_estimation` of transformers computes.
 *
 * A heatmap with nothing above 0 has no point, and its score says so. The reference puts it at (-1, -1) of the heatmap and
 * moves it by what it then reads across the border, in the lower corners of the heatmap before; so does this.
 * @throws ModelError `input_invalid` for a shape without values, or a value that is no number
 */
export function heatmapKeypoints(heatmaps: FloatPlanes, options: KeypointOptions = {}): HeatmapKeypoints {
  const { channels, width, height } = heatmaps;
  const pixels = checkSides(width, height);
  if (
    !Number.isSafeInteger(channels) ||
    heatmaps.data.length !== channels * pixels ||
    !heatmaps.data.every(Number.isFinite)
  )
    throw new ModelError(
      "input_invalid",
      `Heatmaps of shape [${channels}, ${height}, ${width}] have a value missing or that is no number.`,
    );
  const points = new Float32Array(channels * 2);
  const scores = new Float32Array(channels);
  const plane = (channel: number): Float32Array => heatmaps.data.subarray(channel * pixels, (channel + 1) * pixels);
  const blurred = (map: Float32Array): Float32Array => blurHeatmap(map, width, height, options.blur ?? "scipy");
  for (let channel = 0; channel < channels; channel++) {
    const map = plane(channel);
    const peak = peakOf(map);
    const score = map[peak] as number;
    scores[channel] = score;
    const before = channel > 0 ? plane(channel - 1) : (options.before ?? plane(channels - 1));
    const [x, y] =
      score > 0
        ? refined(blurred(map), heatmaps, [peak % width, Math.floor(peak / width)])
        : outside(blurred(map), heatmaps, blurred(before));
    points.set(toPicture(x, y, heatmaps, options.frame), 2 * channel);
  }
  return { points, scores };
}

function peakOf(map: Float32Array): number {
  let peak = 0;
  for (let i = 1; i < map.length; i++) if ((map[i] as number) > (map[peak] as number)) peak = i;
  return peak;
}

function refined(blurred: Float32Array, { width, height }: FloatPlanes, peak: [number, number]): [number, number] {
  const [x, y] = peak;
  return newtonStep(peak, (dx, dy) => {
    const column = Math.min(Math.max(x + dx, 0), width - 1);
    const row = Math.min(Math.max(y + dy, 0), height - 1);
    return logarithm(blurred[row * width + column]);
  });
}

/** From (-1, -1): to the right and below is the map's first value, to the left and above the lower corners of the map before. */
function outside(blurred: Float32Array, { width, height }: FloatPlanes, before: Float32Array): [number, number] {
  const [first, left, right] = [blurred[0], before[(height - 1) * width], before[height * width - 1]].map(logarithm);
  return newtonStep([-1, -1], (dx, dy) => (dx < 0 ? right : dy < 0 ? left : first) as number);
}

function logarithm(value = 0): number {
  return numpyLogarithm(Math.min(Math.max(value, Math.fround(0.001)), 50));
}

/** One step of Newton's method on the logarithm of the map, differences in float32 like the reference's. */
function newtonStep([x, y]: [number, number], at: (dx: number, dy: number) => number): [number, number] {
  const f = Math.fround;
  const centre = at(0, 0);
  const [right, left, below, above] = [at(1, 0), at(-1, 0), at(0, 1), at(0, -1)];
  const dx = f(0.5 * f(right - left));
  const dy = f(0.5 * f(below - above));
  const dxx = f(f(right - f(2 * centre)) + left);
  const dyy = f(f(below - f(2 * centre)) + above);
  const dxy = f(0.5 * f(f(f(f(f(f(f(at(1, 1) - right) - below) + centre) + centre) - left) - above) + at(-1, -1)));
  // So that a flat map has an inverse: the float32 epsilon on the diagonal.
  const epsilon = 2 ** -23;
  const [a, d] = [dxx + epsilon, dyy + epsilon];
  const determinant = a * d - dxy * dxy;
  return [f(x - (d * dx - dxy * dy) / determinant), f(y - (a * dy - dxy * dx) / determinant)];
}

/** Corner pixels of the heatmap lie on the corners of the frame. */
function toPicture(
  x: number,
  y: number,
  { width, height }: FloatPlanes,
  frame: PoseFrame | undefined,
): [number, number] {
  if (frame === undefined) return [x, y];
  const f = Math.fround;
  // A heatmap of one column has no step.
  const stepX = f(frame.width / Math.max(width - 1, 1));
  const stepY = f(frame.height / Math.max(height - 1, 1));
  return [
    f(f(f(x * stepX) + frame.centreX) - f(frame.width * 0.5)),
    f(f(f(y * stepY) + frame.centreY) - f(frame.height * 0.5)),
  ];
}
