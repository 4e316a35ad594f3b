import { z } from "zod";
import { type DetectedObject, overlapThreshold, scoreThreshold } from "./detect-objects.ts";
import { imageBytes } from "./media-bytes.ts";
import { shownBox } from "./picture-box.ts";
import type { Task } from "./task.ts";

export interface SegmentObjectsInput {
  /** The picture. */
  image: Uint8Array;
  /** Only what scores above this counts, 0 to 1; default: the model's own. */
  threshold?: number | undefined;
  /** Of two boxes of one label that overlap more than this, the better stays, 0 to 1; default: the model's own. */
  iou?: number | undefined;
  /** Masks as large as the picture, or as what the model saw. */
  mask_size?: MaskSize | undefined;
}

/** Masks in the pixels of the picture, or of what the model saw: its input size, the filling of a letterbox included. */
export type MaskSize = "picture" | "model";

/** COCO's compressed run lengths: down the columns, beginning with pixels that are not in the mask. */
export interface PackedMask {
  size: [height: number, width: number];
  counts: string;
}

export interface SegmentedObject extends DetectedObject {
  mask: PackedMask;
  /** Pixels of the mask, in the size that was asked for. */
  area: number;
}

export interface SegmentObjectsOutput {
  mask_size: MaskSize;
  /** Best first; boxes are in pixels of the picture, whatever the size of the masks. */
  objects: SegmentedObject[];
}

const side = z.int().positive();
const maskSize = z.enum(["picture", "model"]);

export const segmentObjects: Task<"segment-objects", SegmentObjectsInput, SegmentObjectsOutput> = {
  name: "segment-objects",
  summary: "What is in a picture, and which pixels belong to it",
  input: z.strictObject({
    image: imageBytes().meta({ description: "The picture", positional: true }),
    threshold: scoreThreshold,
    iou: overlapThreshold,
    mask_size: maskSize
      .default("picture")
      .meta({ description: "Masks as large as the picture, or as what the model saw" }),
  }),
  output: z.strictObject({
    mask_size: maskSize,
    objects: z
      .array(
        z.strictObject({
          label: z.string(),
          score: z.number().min(0).max(1),
          box: shownBox,
          mask: z.strictObject({ size: z.tuple([side, side]), counts: z.string() }).meta({
            description: "COCO's compressed run lengths; size is height, width",
            // Masks of another size than the picture's cannot lie on it: their boxes are drawn.
            shown: { as: "mask", where: { mask_size: "picture" } },
          }),
          area: z.int().nonnegative().describe("Pixels of the mask"),
        }),
      )
      .describe("Best first"),
  }),
};
