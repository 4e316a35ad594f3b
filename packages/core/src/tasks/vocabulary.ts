import { classifyImage } from "./classify-image.ts";
import { describeImage } from "./describe-image.ts";
import { detectObjects } from "./detect-objects.ts";
import { embedImage } from "./embed-image.ts";
import { embedText } from "./embed-text.ts";
import { estimateDepth } from "./estimate-depth.ts";
import { estimatePose } from "./estimate-pose.ts";
import { matchImage } from "./match-image.ts";
import { matchVideo } from "./match-video.ts";
import { scoreImage } from "./score-image.ts";
import { segmentImage } from "./segment-image.ts";
import { segmentObjects } from "./segment-objects.ts";
import type { TaskValue } from "./task.ts";
import { transcribeAudio } from "./transcribe-audio.ts";

/** Core's own tasks. A plugin brings others as data. */
export const vocabulary: Vocabulary = {
  "classify-image": classifyImage,
  "describe-image": describeImage,
  "detect-objects": detectObjects,
  "embed-image": embedImage,
  "embed-text": embedText,
  "estimate-depth": estimateDepth,
  "estimate-pose": estimatePose,
  "match-image": matchImage,
  "match-video": matchVideo,
  "score-image": scoreImage,
  "segment-image": segmentImage,
  "segment-objects": segmentObjects,
  "transcribe-audio": transcribeAudio,
};

export interface Vocabulary {
  readonly "classify-image": typeof classifyImage;
  readonly "describe-image": typeof describeImage;
  readonly "detect-objects": typeof detectObjects;
  readonly "embed-image": typeof embedImage;
  readonly "embed-text": typeof embedText;
  readonly "estimate-depth": typeof estimateDepth;
  readonly "estimate-pose": typeof estimatePose;
  readonly "match-image": typeof matchImage;
  readonly "match-video": typeof matchVideo;
  readonly "score-image": typeof scoreImage;
  readonly "segment-image": typeof segmentImage;
  readonly "segment-objects": typeof segmentObjects;
  readonly "transcribe-audio": typeof transcribeAudio;
}

export type TaskName = keyof Vocabulary;

/** What a question is about: the name of one of core's tasks, or the value of another. */
export type AskedTask = TaskName | TaskValue;

type ValueOf<Asked extends AskedTask> = Asked extends TaskName ? Vocabulary[Asked] : Asked;
type TypesOf<Asked extends AskedTask> = NonNullable<ValueOf<Asked>["~types"]>;

export type TaskNameOf<Asked extends AskedTask> = ValueOf<Asked>["name"];
export type TaskInput<Asked extends AskedTask> = TypesOf<Asked>["input"];
export type TaskOutput<Asked extends AskedTask> = TypesOf<Asked>["output"];
/** What comes before the whole answer; never where it comes in one piece. */
export type TaskPart<Asked extends AskedTask> = TypesOf<Asked>["part"];

/** Names of core's tasks. */
export const taskNames: readonly TaskName[] = Object.keys(vocabulary) as TaskName[];

/** The name of a task that is asked about by its name or its value. */
export function nameOfTask(asked: AskedTask): string {
  return typeof asked === "object" && asked !== null ? asked.name : asked;
}
