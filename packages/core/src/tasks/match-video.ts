import { z } from "zod";
import { type LabelMatch, labelMatchSchema, labelTemplate, labelText } from "./match-image.ts";
import { imageBytes } from "./media-bytes.ts";
import type { Task } from "./task.ts";

export interface MatchVideoInput {
  /** Pictures of one video, in the order of time. */
  frames: Uint8Array[];
  /** Candidate labels; default: the model's own. */
  labels?: string[] | undefined;
  /** Sentence around each label, {} standing for it. */
  template?: string | undefined;
  /** How many matches to keep; default: all. */
  top_k?: number | undefined;
}

export interface MatchVideoOutput {
  /** Best first. */
  matches: LabelMatch[];
}

export const matchVideo: Task<"match-video", MatchVideoInput, MatchVideoOutput> = {
  name: "match-video",
  summary: "How well each label fits what happens in a video, best first",
  input: z.strictObject({
    frames: z
      .array(imageBytes())
      .min(1)
      .max(256)
      .meta({ description: "Pictures of one video, in the order of time", positional: true }),
    labels: z
      .array(labelText())
      .min(1)
      .max(10_000)
      .optional()
      .meta({ description: "Candidate labels; default: the model's own" }),
    template: labelTemplate(),
    top_k: z.int().positive().optional().meta({ description: "How many matches to keep; default: all" }),
  }),
  output: z.strictObject({ matches: z.array(labelMatchSchema) }),
};
