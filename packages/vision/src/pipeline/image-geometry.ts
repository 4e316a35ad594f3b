import { ModelError } from "@menagerie/core";
import { letterboxGeometry } from "../geometry/letterbox.ts";
import type { PictureTransform } from "../geometry/picture-transform.ts";
import { cropOfShortestEdge, resizedSize } from "../geometry/resized-size.ts";
import type { Size } from "../geometry/size.ts";
import type { ImagePreprocessing, Pad } from "../preprocessing/image-preprocessing.ts";
import type { PixelWindow } from "../rgb-image.ts";
import { roundHalfToEven } from "../round-half-to-even.ts";

/** What becomes of a picture's size: resized to `resized`, of which `window` lands at `left`, `top` of the result. */
export interface ImageGeometry {
  readonly resized: Size;
  readonly result: Size;
  readonly window: PixelWindow;
  /** Filled columns and rows before the picture, where it is smaller than the result. */
  readonly left: number;
  readonly top: number;
}

/** @throws ModelError `input_invalid` for a picture that is larger than what it is to be padded to, or becomes nothing. */
export function imageGeometry(size: Size, preprocessing: ImagePreprocessing): ImageGeometry {
  return padded(unpadded(size, preprocessing), preprocessing.pad);
}

/** The same as a transform of coordinates, with which boxes and points find their way back. */
export function pictureTransform(picture: Size, geometry: ImageGeometry): PictureTransform {
  const { resized, result, window, left, top } = geometry;
  return {
    picture: { width: picture.width, height: picture.height },
    model: result,
    scaleX: resized.width / picture.width,
    scaleY: resized.height / picture.height,
    offsetX: left - window.left,
    offsetY: top - window.top,
  };
}

function unpadded(size: Size, preprocessing: ImagePreprocessing): ImageGeometry {
  const { resize, crop } = preprocessing;
  if (resize !== undefined && "letterbox" in resize) {
    const { resized, result, left, top } = letterboxGeometry(size, resize.letterbox);
    return { resized, result, left, top, window: { left: 0, top: 0, right: resized.width, bottom: resized.height } };
  }
  const resized = resizedSize(size, resize);
  const result = crop ?? cropOfShortestEdge(resize) ?? resized;
  const x = centreSpan(resized.width, result.width, preprocessing);
  const y = centreSpan(resized.height, result.height, preprocessing);
  const window = { left: x.first, top: y.first, right: x.end, bottom: y.end };
  return { resized, result, window, left: x.padding, top: y.padding };
}

function padded(geometry: ImageGeometry, pad: Pad | undefined): ImageGeometry {
  if (pad === undefined) return geometry;
  const { result, left, top } = geometry;
  if ("width" in pad) {
    if (result.width <= pad.width && result.height <= pad.height)
      return { ...geometry, result: { width: pad.width, height: pad.height } };
    const sizes = `${result.width} x ${result.height} pixels, more than the ${pad.width} x ${pad.height} it is padded to`;
    throw new ModelError("input_invalid", `The picture comes out at ${sizes}. Send a smaller one.`, {
      details: { result, pad: { width: pad.width, height: pad.height } },
    });
  }
  // DPT's `pad_image`: in the middle, an odd row or column after the picture.
  const up = (side: number): number => Math.ceil(side / pad.size_divisor) * pad.size_divisor;
  const whole = { width: up(result.width), height: up(result.height) };
  return {
    ...geometry,
    result: whole,
    left: left + Math.floor((whole.width - result.width) / 2),
    top: top + Math.floor((whole.height - result.height) / 2),
  };
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
