export { type BoxFormat, convertBoxes } from "./boxes/box-format.ts";
export { boxOverlaps } from "./boxes/box-overlap.ts";
export { nonMaxSuppression, type SuppressionOptions } from "./boxes/non-max-suppression.ts";
export { type WeightedDetection, weightedSuppression } from "./boxes/weighted-suppression.ts";
export { detectedObjects, yoloAnswer } from "./boxes/yolo-answer.ts";
export {
  type YoloDetections,
  type YoloOptions,
  type YoloOutput,
  yoloDetections,
} from "./boxes/yolo-detections.ts";
export { type YoloMetadata, yoloMetadata } from "./boxes/yolo-metadata.ts";
export { type YoloPreprocessing, yoloPreprocessing } from "./boxes/yolo-preprocessing.ts";
export { decodeImage } from "./decode/decode-image.ts";
export type { DecodedImage } from "./decode/decoded-image.ts";
export { defaultImageLimits, type ImageLimits } from "./decode/image-limits.ts";
export type { ImageReader } from "./decode/image-reader.ts";
export { paintWhite } from "./decode/pixel-layout.ts";
export type {
  Annotation,
  BoxAnnotation,
  CaptionAnnotation,
  ClassificationAnnotation,
  DepthAnnotation,
  Keypoint,
  KeypointsAnnotation,
  MaskAnnotation,
  PolygonAnnotation,
  SegmentationAnnotation,
} from "./draw/annotation.ts";
export { depthRamp } from "./draw/colour.ts";
export { type DrawingFormat, type DrawOptions, drawAnnotations, drawingFormatOf } from "./draw/draw-annotations.ts";
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
export type { HeatmapBlur } from "./heatmaps/heatmap-blur.ts";
export { type HeatmapKeypoints, heatmapKeypoints, type KeypointOptions } from "./heatmaps/keypoints.ts";
export {
  type InterpolateOptions,
  type InterpolationTarget,
  interpolate,
} from "./interpolate/interpolate.ts";
export type { InterpolationMode } from "./interpolate/interpolate-axis.ts";
export { adoptImageClassifier } from "./loaders/adopt-image-classifier.ts";
export { adoptPictureModel, type PictureModelGraph } from "./loaders/adopt-picture-model.ts";
export { type AdoptedYolo, adoptYolo, type YoloGraph, yoloTensor } from "./loaders/adopt-yolo.ts";
export { type ClassLabels, readClassLabels } from "./loaders/class-labels.ts";
export { ImageClassifier, type ImageClassifierParameters } from "./loaders/image-classifier.ts";
export { ImageClassifierLoader } from "./loaders/image-classifier-loader.ts";
export { type ImageClassifierModel, imageClassifierMethods } from "./loaders/image-classifier-model.ts";
export { type ExpectedProcessor, type ImageProcessor, readImageProcessor } from "./loaders/image-processor.ts";
export { type ProcessorFile, type ProcessorSettings, processorFile } from "./loaders/image-processor-file.ts";
export { type PictureAnswer, PictureGraph } from "./loaders/picture-graph.ts";
export { type DepthUpsampling, depthLevels, resizeDepth } from "./maps/depth-map.ts";
export { type ClassMap, classCoverage, segment } from "./maps/segmentation.ts";
export type { Mask } from "./masks/mask.ts";
export { cropMask, maskArea, maskBox, maskOverlap } from "./masks/mask-measures.ts";
export { polygonMask } from "./masks/polygon-mask.ts";
export { decodeRuns, encodeRuns, packRuns, type RunLengths, unpackRuns } from "./masks/run-lengths.ts";
export {
  type MaskDetections,
  type MaskRuns,
  modelMaskRuns,
  modelMasks,
  pictureMaskRuns,
  pictureMasks,
} from "./masks/yolo-masks.ts";
export { gaussianBlur } from "./opencv/gaussian-blur.ts";
export { opencvGrey } from "./opencv/opencv-grey.ts";
export type { OpencvInterpolation } from "./opencv/opencv-interpolation.ts";
export {
  type OpencvResizeOptions,
  opencvResize,
  opencvResizeBytes,
  opencvResizePlane,
} from "./opencv/opencv-resize.ts";
export { ImagePipeline, type ImageTensor } from "./pipeline/image-pipeline.ts";
export {
  type ExactResize,
  type ImagePreprocessing,
  imagePreprocessing,
  imagePreprocessingSchema,
  type LetterboxResize,
  type Pad,
  type PaddingValue,
  type ResampleArithmetic,
  type ResampleFilter,
  type ShortestEdgeResize,
  usualImagePreprocessing,
} from "./preprocessing/image-preprocessing.ts";
export { type ResampleOptions, resample } from "./resample/resample.ts";
export type { PixelWindow, RgbImage } from "./rgb-image.ts";
export { alignFace } from "./warp/align-face.ts";
export { opencvWarpAffine } from "./warp/opencv-warp-affine.ts";
export { cropPose, type PersonBox, type PoseFrame, poseFrame } from "./warp/pose-crop.ts";
export { type AffineMatrix, similarityBetween } from "./warp/similarity.ts";
