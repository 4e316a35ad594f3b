export { type DecodedImage, decodeImage } from "./decode-image.ts";
export type { FloatPlane } from "./float-plane.ts";
export { gaussianBlur } from "./gaussian-blur.ts";
export { defaultImageLimits, type ImageLimits } from "./image-limits.ts";
export { ImagePipeline, type ImageTensor } from "./image-pipeline.ts";
export { opencvGrey } from "./opencv-grey.ts";
export { opencvResizeCubic } from "./opencv-resize.ts";
export { type ResampleOptions, resample } from "./resample.ts";
export type { PixelWindow, RgbImage } from "./rgb-image.ts";
