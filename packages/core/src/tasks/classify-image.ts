import { z } from "zod";
import { imageBytes } from "./media-bytes.ts";
import type { Task } from "./task.ts";

export interface ClassifyImageInput {
  /** The picture. */
  image: Uint8Array;
  /** How many labels to keep; default: all. */
  top_k?: number | undefined;
}

export interface ClassifyImageOutput {
  /** Best first. */
  labels: ImageLabel[];
}

export interface ImageLabel {
  label: string;
  /** 0 to 1: softmax over the model's labels, which sums to 1, or for models of several labels at once each by itself. */
  score: number;
}

export const classifyImage: Task<"classify-image", ClassifyImageInput, ClassifyImageOutput> = {
  name: "classify-image",
  summary: "Which of the model's own labels fit a picture, best first",
  input: z.strictObject({
    image: imageBytes().meta({ description: "The picture", positional: true }),
    top_k: z.int().positive().optional().meta({ description: "How many labels to keep; default: all" }),
  }),
  output: z.strictObject({
    labels: z
      .array(z.strictObject({ label: z.string(), score: z.number().min(0).max(1) }))
      .meta({ shown: "classification" }),
  }),
};
