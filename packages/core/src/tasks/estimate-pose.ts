import { z } from "zod";
import { imageBytes } from "./media-bytes.ts";
import { type BoxEdges, boxEdges, type PictureBox, shownBox } from "./picture-box.ts";
import type { Task } from "./task.ts";

export interface EstimatePoseInput {
  /** The picture. */
  image: Uint8Array;
  /** Where the people are, as x1,y1,x2,y2 in pixels; default: the whole picture. */
  boxes?: BoxEdges[] | undefined;
  /** Only keypoints that score above this are given; default: all. */
  threshold?: number | undefined;
}

export interface PoseKeypoint {
  name: string;
  /** Pixels of the picture; a point may lie outside of it. */
  x: number;
  y: number;
  /** What the model says of its own certainty: around 0 for what it does not see, near 1 for what it does. */
  score: number;
}

export interface PersonPose {
  /** The box that was looked at. */
  box: PictureBox;
  /** In the model's order; those below the threshold are left out. */
  keypoints: PoseKeypoint[];
}

export interface EstimatePoseOutput {
  /** In the order of the boxes. */
  people: PersonPose[];
  /** Pairs of keypoints that are joined, by name. */
  skeleton: [from: string, to: string][];
}

export const estimatePose: Task<"estimate-pose", EstimatePoseInput, EstimatePoseOutput> = {
  name: "estimate-pose",
  summary: "Where the joints of people are",
  input: z.strictObject({
    image: imageBytes().meta({ description: "The picture", positional: true }),
    boxes: z
      .array(boxEdges)
      .min(1)
      .max(1000)
      .optional()
      .meta({ description: "Where the people are, as x1,y1,x2,y2 in pixels; default: the whole picture" }),
    threshold: z
      .number()
      .optional()
      .meta({ description: "Only keypoints that score above this are given; default: all" }),
  }),
  output: z.strictObject({
    people: z
      .array(
        z.strictObject({
          box: shownBox,
          keypoints: z
            .array(z.strictObject({ name: z.string(), x: z.number(), y: z.number(), score: z.number() }))
            .meta({ shown: { as: "keypoints", skeleton: "skeleton" } }),
        }),
      )
      .describe("In the order of the boxes"),
    skeleton: z.array(z.tuple([z.string(), z.string()])).describe("Pairs of keypoints that are joined, by name"),
  }),
};
