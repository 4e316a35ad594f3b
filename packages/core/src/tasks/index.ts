export { embedImage, type Embedding, type EmbedImageInput } from "./embed-image.ts";
export { embedText, type EmbedTextInput } from "./embed-text.ts";
export { matchImage, type ImageMatch, type LabelMatch, type MatchImageInput, type MatchImageOutput } from "./match-image.ts";
export { scoreImage, type ScoreImageInput, type ScoreImageOutput } from "./score-image.ts";
export type { Task } from "./task.ts";
export { type FieldKind, type TaskField, taskFields } from "./task-field.ts";
export {
  parseTaskInput, type TaskInput, type TaskName, type TaskOutput, taskNamed, taskNames, vocabulary,
} from "./vocabulary.ts";
