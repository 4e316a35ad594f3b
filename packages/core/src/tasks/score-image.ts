import { z } from "zod";
import { imageBytes } from "./media-bytes.ts";
import type { Task } from "./task.ts";

export interface ScoreImageInput {
  /** The picture. */
  image: Uint8Array;
}

export interface ScoreImageOutput {
  score: number;
  /** The score of a flawless picture and of a ruined one: says which way the scale runs. */
  best: number;
  worst: number;
}

export const scoreImage: Task<"score-image", ScoreImageInput, ScoreImageOutput> = {
  name: "score-image",
  summary: "The technical quality of a picture as one number, without a reference picture",
  input: z.strictObject({ image: imageBytes().meta({ description: "The picture", positional: true }) }),
  output: z.strictObject({ score: z.number(), best: z.number(), worst: z.number() }).meta({
    shown: { as: "caption", text: "{score:2}  ({best} is best, {worst} is worst)" },
  }),
};
