import { ModelError } from "@menagerie/core";
import { copyWindow } from "../copy-window.ts";
import type { Size } from "../geometry/size.ts";
import { opencvResize } from "../opencv/opencv-resize.ts";
import { checkSides } from "../picture-sides.ts";
import type { ResampleArithmetic, ResampleFilter } from "../preprocessing/image-preprocessing.ts";
import type { PictureRegion, PixelWindow, RgbImage } from "../rgb-image.ts";
import { resampleKernels } from "./resample-kernel.ts";
import { resampleNearest } from "./resample-nearest.ts";
import type { PassSource, ResamplePasses } from "./resample-pass.ts";
import { fastestPasses } from "./resample-simd.ts";
import { type AxisWeights, axisWeights } from "./resample-weights.ts";

export interface ResampleOptions {
  readonly width: number;
  readonly height: number;
  readonly filter: ResampleFilter;
  readonly arithmetic: ResampleArithmetic;
  /** The part of the result that is wanted; default: all of it. Only the source pixels it needs are read. */
  readonly window?: PixelWindow | undefined;
}

/**
 * Resizes a picture to `width` x `height`, equal to the named reference to the last bit.
 *
 * Both references filter each axis in turn and round to uint8 in between, so the order of the passes matters.
 * @throws ModelError `model_spec_invalid` for a filter that the arithmetic does not have; `input_invalid` for a size without
 *   pixels, a window outside of it, or data of another length than the picture's sides say.
 */
export function resample(
  image: RgbImage,
  options: ResampleOptions,
  passes: ResamplePasses = fastestPasses(),
): RgbImage {
  if (image.data.length !== checkSides(image.width, image.height) * 3)
    throw new ModelError(
      "input_invalid",
      `A picture of ${image.width} x ${image.height} RGB pixels cannot have ${image.data.length} levels.`,
    );
  return planResample(image, options, passes).run({ ...image, left: 0, top: 0 });
}

/** What resizing a picture of one size takes, and how it is done. */
export interface ResamplePlan {
  /** The source pixels that the result depends on. */
  readonly needs: PixelWindow;
  /** @param region at least those pixels of the picture */
  run(region: PictureRegion): RgbImage;
}

/** Resizing in two steps, so that pixels which the result does not depend on need not be decoded. */
export function planResample(
  size: Size,
  options: ResampleOptions,
  passes: ResamplePasses = fastestPasses(),
): ResamplePlan {
  const { width, height, filter, arithmetic } = options;
  const window = options.window ?? { left: 0, top: 0, right: width, bottom: height };
  checkSides(size.width, size.height);
  checkSides(width, height);
  checkWindow(window, options);
  const everything = { left: 0, top: 0, right: size.width, bottom: size.height };
  if (arithmetic === "opencv") return { needs: everything, run: (image) => withOpencv(image, options, window) };
  if (filter === "area" || (arithmetic === "torchvision" && (filter === "box" || filter === "hamming")))
    throw missingFilter(filter, arithmetic);
  if (filter === "nearest")
    return { needs: everything, run: (image) => resampleNearest(image, { width, height }, window, arithmetic) };
  const kernel = resampleKernels[filter];
  const columns = axisWeights(
    { from: size.width, to: width, first: window.left, end: window.right },
    kernel,
    arithmetic,
  );
  const rows = axisWeights(
    { from: size.height, to: height, first: window.top, end: window.bottom },
    kernel,
    arithmetic,
  );
  const inOrder = isVerticalFirst(size, options) ? verticalFirst : horizontalFirst;
  return {
    needs: { left: columns.first, top: rows.first, right: columns.end, bottom: rows.end },
    run({ data, width: stride, left, top }) {
      const result = inOrder({ data, stride, originX: left, originY: top }, columns, rows, passes);
      return { data: result, width: window.right - window.left, height: window.bottom - window.top };
    },
  };
}

/**
 * Pillow 13 (Resample.c) begins with the columns of pictures that lose more than twice as many rows as columns; Pillow
 * 12 (Image.py) only with those of slivers, more than a hundred times as tall as wide, that lose any row at all.
 */
function isVerticalFirst({ width, height }: Size, to: ResampleOptions): boolean {
  if (to.arithmetic === "torchvision" || height <= to.height) return false;
  if (to.arithmetic === "pillow-12") return height > width * 100;
  return height - to.height > 2 * (width - to.width);
}

function horizontalFirst(
  source: PassSource,
  columns: AxisWeights,
  rows: AxisWeights,
  passes: ResamplePasses,
): Uint8Array {
  const width = columns.bounds.length / 2;
  const between = passes.horizontal(source, columns, rows.first, rows.end);
  return passes.vertical({ data: between, stride: width, originX: 0, originY: rows.first }, rows, 0, width);
}

function verticalFirst(
  source: PassSource,
  columns: AxisWeights,
  rows: AxisWeights,
  passes: ResamplePasses,
): Uint8Array {
  const height = rows.bounds.length / 2;
  const between = passes.vertical(source, rows, columns.first, columns.end);
  const stride = columns.end - columns.first;
  return passes.horizontal({ data: between, stride, originX: columns.first, originY: 0 }, columns, 0, height);
}

function withOpencv(image: RgbImage, { width, height, filter }: ResampleOptions, window: PixelWindow): RgbImage {
  if (filter === "box" || filter === "hamming" || filter === "lanczos") throw missingFilter(filter, "opencv");
  return copyWindow(opencvResize(image, { width, height, interpolation: filter }), window);
}

function checkWindow({ left, top, right, bottom }: PixelWindow, { width, height }: Size): void {
  const areWhole = [left, top, right, bottom].every(Number.isInteger);
  if (areWhole && left >= 0 && top >= 0 && right > left && bottom > top && right <= width && bottom <= height) return;
  throw new ModelError(
    "input_invalid",
    `The window ${left}, ${top} to ${right}, ${bottom} has no pixels inside ${width} x ${height}.`,
    { details: { left, top, right, bottom, width, height } },
  );
}

const filtersOf: Readonly<Record<ResampleArithmetic, string>> = {
  "pillow-12": "nearest, box, bilinear, hamming, bicubic and lanczos",
  "pillow-13": "nearest, box, bilinear, hamming, bicubic and lanczos",
  torchvision: "nearest, bilinear, bicubic and lanczos",
  opencv: "nearest, bilinear, bicubic and area",
};

function missingFilter(filter: ResampleFilter, arithmetic: ResampleArithmetic): ModelError {
  return new ModelError(
    "model_spec_invalid",
    `${arithmetic} has no filter "${filter}", so there is nothing to be equal to. It has ${filtersOf[arithmetic]}.`,
    { details: { filter, arithmetic } },
  );
}
