export { type DecodedImage, decodeImage } from "./decode/decode-image.ts";
export { defaultImageLimits, type ImageLimits } from "./decode/image-limits.ts";
export type { FloatPlane } from "./float-plane.ts";
export type { FloatPlanes } from "./float-planes.ts";
export { type LetterboxGeometry, letterboxGeometry } from "./geometry/letterbox.ts";
export {
  boxesToPicture,
  inferredTransform,
  type PictureTransform,
  pointsToModel,
  pointsToPicture,
} from "./geometry/picture-transform.ts";
export type { Size } from "./geometry/size.ts";
export {
  type InterpolateOptions,
  type InterpolationTarget,
  interpolate,
} from "./interpolate/interpolate.ts";
export type { InterpolationMode } from "./interpolate/interpolate-axis.ts";
export { gaussianBlur } from "./opencv/gaussian-blur.ts";
export { opencvGrey } from "./opencv/opencv-grey.ts";
export {
  type OpencvInterpolation,
  type OpencvResizeOptions,
  opencvResize,
  opencvResizeBytes,
  opencvResizePlane,
} from "./opencv/opencv-resize.ts";
export { ImagePipeline, type ImageTensor } from "./pipeline/image-pipeline.ts";
export { type ResampleOptions, resample } from "./resample/resample.ts";
export type { PixelWindow, RgbImage } from "./rgb-image.ts";
export { float16Bits, float16Value, fromFloat16, toFloat16 } from "./tensor/float16.ts";
