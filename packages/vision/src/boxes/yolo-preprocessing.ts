import type { ImagePreprocessing } from "../preprocessing/image-preprocessing.ts";
import type { YoloMetadata } from "./yolo-metadata.ts";

/** A letterbox, whose sides are known. */
export type YoloPreprocessing = ImagePreprocessing & {
  resize: { letterbox: { width: number; height: number; auto?: boolean | undefined } };
};

/**
 * How ultralytics prepares a picture for an exported graph: letterboxed by OpenCV, 0..1. A graph of a fixed size gets the
 * whole rectangle; one with free sides no more filling than its stride asks for, within the size that it was exported for.
 * @param shape of the graph's input, `[batch, 3, height, width]`
 * @returns undefined where neither the shape nor the metadata says a size
 */
export function yoloPreprocessing(
  shape: readonly (number | string)[],
  { size, stride = 32 }: Pick<YoloMetadata, "size" | "stride">,
): YoloPreprocessing | undefined {
  const [, , height = size?.height, width = size?.width] = shape;
  const isFixed = typeof height === "number" && typeof width === "number" && shape.length === 4;
  const result = isFixed ? { width, height } : size;
  if (result === undefined) return undefined;
  return {
    arithmetic: "opencv",
    convert_rgb: false,
    resize: { letterbox: { ...result, ...(isFixed ? {} : { auto: true, stride }) } },
    filter: "bilinear",
    crop_rounding: "floor",
    rescale_factor: 1 / 255,
  };
}
