import { ModelError } from "@menagerie/core";
import type { ExactResize, ImagePreprocessing, ShortestEdgeResize } from "../preprocessing/image-preprocessing.ts";
import { roundHalfToEven } from "../round-half-to-even.ts";
import { letterboxGeometry } from "./letterbox.ts";
import type { Size } from "./size.ts";

/** The size that a picture is scaled to, before anything is cut off or filled up. */
export function resizedSize(size: Size, resize: ImagePreprocessing["resize"]): Size {
  if (resize === undefined) return { width: size.width, height: size.height };
  if ("letterbox" in resize) return letterboxGeometry(size, resize.letterbox).resized;
  return "width" in resize ? exactSize(size, resize) : shortestEdgeSize(size, resize);
}

/** The square that ConvNeXT's rule crops to, where it crops. */
export function cropOfShortestEdge(resize: ImagePreprocessing["resize"]): Size | undefined {
  if (resize === undefined || !("crop_pct" in resize) || resize.crop_pct === undefined) return undefined;
  return { width: resize.shortest_edge, height: resize.shortest_edge };
}

/** The result's short edge from which on ConvNeXT's processor squeezes instead of cropping. */
const convnextSqueezes = 384;

/** transformers' `get_resize_output_image_size`, and torchvision's `Resize`: the long edge is cut to an integer. */
function shortestEdgeSize(size: Size, { shortest_edge, longest_edge, crop_pct }: ShortestEdgeResize): Size {
  if (longest_edge !== undefined) return boundedSize(size, shortest_edge, longest_edge);
  const { width, height } = size;
  if (crop_pct !== undefined && shortest_edge >= convnextSqueezes)
    return { width: shortest_edge, height: shortest_edge };
  const edge = crop_pct === undefined ? shortest_edge : Math.trunc(shortest_edge / crop_pct);
  return width <= height
    ? { width: edge, height: Math.trunc((edge * height) / width) }
    : { width: Math.trunc((edge * width) / height), height: edge };
}

/** transformers' `get_size_with_aspect_ratio`: the edge that is rounded is not the one that the other is computed from. */
function boundedSize(size: Size, shortest: number, longest: number): Size {
  const { width, height } = size;
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const isBound = (long / short) * shortest > longest;
  const exact = isBound ? (longest * short) / long : shortest;
  const edge = roundHalfToEven(exact);
  if (short === edge) return { width, height };
  const other = Math.trunc((exact * long) / short);
  const result = width < height ? { width: edge, height: other } : { width: other, height: edge };
  if (edge > 0 && other > 0) return result;
  throw nothingLeft(size, result);
}

/** DPT's `get_resize_output_image_size` in transformers, and MiDaS's `Resize.get_size`, from which it comes. */
function exactSize(size: Size, resize: ExactResize): Size {
  const { keep_aspect_ratio, ensure_multiple_of: multiple, resize_method: method = "minimal" } = resize;
  if (keep_aspect_ratio !== true && multiple === undefined) return { width: resize.width, height: resize.height };
  let across = resize.width / size.width;
  let down = resize.height / size.height;
  if (keep_aspect_ratio === true) {
    const takesWidth = {
      minimal: Math.abs(1 - across) < Math.abs(1 - down),
      lower_bound: across > down,
      upper_bound: across < down,
    }[method];
    if (takesWidth) down = across;
    else across = down;
  }
  const bound = keep_aspect_ratio === true ? method : "minimal";
  const width = toMultiple(across * size.width, multiple ?? 1, bound, resize.width);
  const height = toMultiple(down * size.height, multiple ?? 1, bound, resize.height);
  if (width > 0 && height > 0) return { width, height };
  throw nothingLeft(size, { width, height });
}

function nothingLeft({ width, height }: Size, result: Size): ModelError {
  return new ModelError(
    "input_invalid",
    `A picture of ${width} x ${height} pixels becomes ${result.width} x ${result.height} for this model, which is nothing. ` +
      "Crop it to a less extreme shape.",
    { details: { width, height } },
  );
}

function toMultiple(
  value: number,
  multiple: number,
  bound: NonNullable<ExactResize["resize_method"]>,
  target: number,
): number {
  const nearest = roundHalfToEven(value / multiple) * multiple;
  if (bound === "lower_bound" && nearest < target) return Math.ceil(value / multiple) * multiple;
  if (bound === "upper_bound" && nearest > target) return Math.floor(value / multiple) * multiple;
  return nearest;
}
