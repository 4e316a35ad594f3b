export { type DecodedImage, decodeImage } from "./decode/decode-image.ts";
export { defaultImageLimits, type ImageLimits } from "./decode/image-limits.ts";
export type { FloatPlane } from "./float-plane.ts";
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
