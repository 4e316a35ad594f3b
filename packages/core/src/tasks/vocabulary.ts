import { z } from "zod";
import { ModelError } from "../contract/model-error.ts";
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
import type { Task } from "./task.ts";
import { transcribeAudio } from "./transcribe-audio.ts";

/** The closed vocabulary: every task that any model may answer. */
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
export type TaskInput<Name extends TaskName> = z.infer<Vocabulary[Name]["input"]>;
export type TaskOutput<Name extends TaskName> = z.infer<Vocabulary[Name]["output"]>;
/** What comes before the whole answer; never where it comes in one piece. */
export type TaskPart<Name extends TaskName> = z.infer<NonNullable<Vocabulary[Name]["part"]>>;

export const taskNames: readonly TaskName[] = Object.keys(vocabulary) as TaskName[];
export const taskNameSchema: z.ZodType<TaskName> = z.enum(taskNames as [TaskName, ...TaskName[]]);

/** The task of that name, or `task_unknown` with the names there are. */
export function taskNamed(name: string): Task<TaskName, unknown, unknown, unknown> {
  if (Object.hasOwn(vocabulary, name)) return vocabulary[name as TaskName];
  throw new ModelError("task_unknown", `There is no task "${name}". The tasks are: ${taskNames.join(", ")}.`, {
    details: { task: name, known: taskNames },
  });
}

/** The input in the task's shape, or `input_invalid` naming each field that is wrong. */
export function parseTaskInput<Name extends TaskName>(name: Name, input: unknown): TaskInput<Name> {
  const result = taskNamed(name).input.safeParse(input);
  if (result.success) return result.data as TaskInput<Name>;
  const problems = result.error.issues.map((issue) => `${issue.path.join(".") || "input"}: ${issue.message}`);
  throw new ModelError("input_invalid", `The input of ${name} is not valid: ${problems.join("; ")}.`, {
    details: { task: name, problems },
  });
}
