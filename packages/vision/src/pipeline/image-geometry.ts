import type { ImagePreprocessing } from "@menagerie/core";
import type { PixelWindow } from "../rgb-image.ts";
import { roundHalfToEven } from "../round-half-to-even.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What becomes of a picture's size: resized to `resized`, of which `window` lands at `left`, `top` of the result. */
export interface ImageGeometry {
  readonly resized: Size;
  readonly result: Size;
  readonly window: PixelWindow;
  /** Zero columns and rows before the picture, where it is smaller than the crop. */
  readonly left: number;
  readonly top: number;
}

export function imageGeometry(size: Size, preprocessing: ImagePreprocessing): ImageGeometry {
  const resized = resizedSize(size, preprocessing.resize);
  const result = preprocessing.crop ?? resized;
  const x = centreSpan(resized.width, result.width, preprocessing);
  const y = centreSpan(resized.height, result.height, preprocessing);
  const window = { left: x.first, top: y.first, right: x.end, bottom: y.end };
  return { resized, result, window, left: x.padding, top: y.padding };
}

/** transformers' `get_resize_output_image_size`, and torchvision's `Resize`: the long edge is cut to an integer. */
function resizedSize({ width, height }: Size, resize: ImagePreprocessing["resize"]): Size {
  if (resize === undefined) return { width, height };
  if ("width" in resize) return resize;
  const edge = resize.shortest_edge;
  return width <= height
    ? { width: edge, height: Math.trunc((edge * height) / width) }
    : { width: Math.trunc((edge * width) / height), height: edge };
}

/** Along one axis: the pixels from `first` to `end` survive, after `padding` zeros. */
interface Span {
  readonly first: number;
  readonly end: number;
  readonly padding: number;
}

function centreSpan(length: number, wanted: number, { arithmetic, crop_rounding }: ImagePreprocessing): Span {
  if (length < wanted) {
    const missing = (wanted - length) / 2;
    // transformers' processors on Pillow put the odd zero first; torchvision, with or without transformers, puts it last.
    const isPillowProcessor = arithmetic !== "torchvision" && crop_rounding === "floor";
    return { first: 0, end: length, padding: isPillowProcessor ? Math.ceil(missing) : Math.floor(missing) };
  }
  const surplus = (length - wanted) / 2;
  const first = crop_rounding === "floor" ? Math.floor(surplus) : roundHalfToEven(surplus);
  return { first, end: first + wanted, padding: 0 };
}
