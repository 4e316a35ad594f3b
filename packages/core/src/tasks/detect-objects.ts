import { z } from "zod";
import { labelText } from "./match-image.ts";
import { imageBytes } from "./media-bytes.ts";
import { type PictureBox, shownBox } from "./picture-box.ts";
import type { Task } from "./task.ts";

export interface DetectObjectsInput {
  /** The picture. */
  image: Uint8Array;
  /** What to look for, of models that can be told; default: the model's own. */
  labels?: string[] | undefined;
  /** Only what scores above this counts, 0 to 1; default: the model's own. */
  threshold?: number | undefined;
  /** Of two boxes of one label that overlap more than this, the better stays, 0 to 1; default: the model's own. */
  iou?: number | undefined;
}

export interface DetectedObject {
  label: string;
  /** 0 to 1. */
  score: number;
  box: PictureBox;
}

export interface DetectObjectsOutput {
  /** Best first. */
  objects: DetectedObject[];
}

const share = z.number().min(0).max(1);

export const scoreThreshold: z.ZodType<number | undefined> = share
  .optional()
  .meta({ description: "Only what scores above this counts, 0 to 1; default: the model's own" });
export const overlapThreshold: z.ZodType<number | undefined> = share.optional().meta({
  description:
    "Of two boxes of one label that overlap more than this, the better stays, 0 to 1; default: the model's own",
});

export const detectObjects: Task<"detect-objects", DetectObjectsInput, DetectObjectsOutput> = {
  name: "detect-objects",
  summary: "What is in a picture, and where, as boxes",
  input: z.strictObject({
    image: imageBytes().meta({ description: "The picture", positional: true }),
    labels: z
      .array(labelText())
      .min(1)
      .max(10_000)
      .optional()
      .meta({ description: "What to look for, of models that can be told; default: the model's own" }),
    threshold: scoreThreshold,
    iou: overlapThreshold,
  }),
  output: z.strictObject({
    objects: z.array(z.strictObject({ label: z.string(), score: share, box: shownBox })).describe("Best first"),
  }),
};
