import { ModelError } from "@menagerie/core";
import type { FloatPlane } from "../float-plane.ts";
import type { Size } from "../geometry/size.ts";
import { interpolate } from "../interpolate/interpolate.ts";

/** Whose upsampling: transformers' `post_process_depth_estimation`, or Depth-Anything's own code. */
export type DepthUpsampling = "transformers" | "original";

/**
 * A model's depth at the size of the picture: bicubic (transformers, which goes below 0 and is not clamped there nor
 * here) or bilinear with aligned corners (original).
 * @throws ModelError `input_invalid` for a size without pixels
 */
export function resizeDepth(
  depth: FloatPlane,
  { width, height }: Size,
  upsampling: DepthUpsampling = "transformers",
): FloatPlane {
  const isOriginal = upsampling === "original";
  const mode = isOriginal ? "bilinear" : "bicubic";
  const { data } = interpolate({ ...depth, channels: 1 }, { width, height, mode, align_corners: isOriginal });
  return { data, width, height };
}

/**
 * Depth as grey levels, least 0 and most 255, cut and not rounded, as transformers' pipeline saves it. A flat map is 0.
 * @throws ModelError `input_invalid` for a value that is no number
 */
export function depthLevels({ data }: FloatPlane): Uint8Array {
  const f = Math.fround;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of data) {
    if (!Number.isFinite(value))
      throw new ModelError(
        "input_invalid",
        "A depth map has a value that is no number: the model's answer is of no use.",
      );
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const range = f(high - low);
  const levels = new Uint8Array(data.length);
  if (!(range > 0)) return levels;
  for (let i = 0; i < data.length; i++) levels[i] = f(f(f((data[i] as number) - low) / range) * 255);
  return levels;
}
