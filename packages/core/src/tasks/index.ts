export { annotationsOf, isDrawable, type PictureAnnotation } from "./annotations-of.ts";
export { type AnswerFile, answerFiles, holdsFiles } from "./answer-files.ts";
export { type AnswerTensor, answerTensor, tensorOf } from "./answer-tensor.ts";
export { type ClassifyImageInput, type ClassifyImageOutput, classifyImage, type ImageLabel } from "./classify-image.ts";
export {
  type DescribedObject,
  type DescribeImageInput,
  type DescribeImageOutput,
  type DescriptionPrompt,
  describeImage,
  type OutlinedObject,
  type TextQuad,
} from "./describe-image.ts";
export {
  type DetectedObject,
  type DetectObjectsInput,
  type DetectObjectsOutput,
  detectObjects,
} from "./detect-objects.ts";
export { type Embedding, type EmbedImageInput, embedImage } from "./embed-image.ts";
export { type EmbedTextInput, embedText } from "./embed-text.ts";
export { type EstimateDepthInput, type EstimateDepthOutput, estimateDepth } from "./estimate-depth.ts";
export {
  type EstimatePoseInput,
  type EstimatePoseOutput,
  estimatePose,
  type PersonPose,
  type PoseKeypoint,
} from "./estimate-pose.ts";
export { type Made, madePicture, madeRecording } from "./made-media.ts";
export { madeQuestion } from "./made-question.ts";
export {
  type ImageMatch,
  type LabelMatch,
  type MatchImageInput,
  type MatchImageOutput,
  matchImage,
} from "./match-image.ts";
export { type MatchVideoInput, type MatchVideoOutput, matchVideo } from "./match-video.ts";
export { audioBytes, imageBytes, videoBytes } from "./media-bytes.ts";
export { requireShallow } from "./nested-input.ts";
export type { BoxEdges, PictureBox } from "./picture-box.ts";
export { RegisteredTask } from "./registered-task.ts";
export { mapBytes, placesIn, readBytes, schemasIn } from "./schema-places.ts";
export { type ScoreImageInput, type ScoreImageOutput, scoreImage } from "./score-image.ts";
export {
  type SegmentedClass,
  type SegmentImageInput,
  type SegmentImageOutput,
  segmentImage,
} from "./segment-image.ts";
export {
  type MaskSize,
  type PackedMask,
  type SegmentedObject,
  type SegmentObjectsInput,
  type SegmentObjectsOutput,
  segmentObjects,
} from "./segment-objects.ts";
export { defineTask, type Task, type TaskValue, taskValue } from "./task.ts";
export { type TaskDocument, taskDocument, taskDocumentSchema } from "./task-document.ts";
export { type FieldKind, holdsBytes, type TaskField } from "./task-field.ts";
export { parseTaskInput, TaskRegistry } from "./task-registry.ts";
export {
  type TranscribeAudioInput,
  type TranscribeAudioOutput,
  type TranscribeAudioPart,
  type TranscribedSegment,
  type TranscribedWord,
  transcribeAudio,
} from "./transcribe-audio.ts";
export { unsupportedTask } from "./unsupported-task.ts";
export {
  type AskedTask,
  nameOfTask,
  type TaskInput,
  type TaskName,
  type TaskOutput,
  type TaskPart,
  taskNames,
  vocabulary,
} from "./vocabulary.ts";
