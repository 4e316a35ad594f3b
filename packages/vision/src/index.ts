export { type DecodedImage, decodeImage } from "./decode-image.ts";
export { defaultImageLimits, type ImageLimits } from "./image-limits.ts";
export { ImagePipeline, type ImageTensor } from "./image-pipeline.ts";
export { type ResampleOptions, resample } from "./resample.ts";
export type { PixelWindow, RgbImage } from "./rgb-image.ts";
