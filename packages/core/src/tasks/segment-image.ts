import { z } from "zod";
import { imageBytes } from "./media-bytes.ts";
import type { PackedMask } from "./segment-objects.ts";
import type { Task } from "./task.ts";

export interface SegmentImageInput {
  /** The picture. */
  image: Uint8Array;
}

export interface SegmentImageOutput {
  /** Of the upright picture, in pixels. */
  width: number;
  height: number;
  /** The classes that are there, in the order of the model's outputs. */
  classes: SegmentedClass[];
}

export interface SegmentedClass {
  label: string;
  /** Position among the model's outputs. */
  index: number;
  /** Part of the picture's pixels, above 0 to 1. */
  coverage: number;
  /** Its pixels, as large as the picture. */
  mask: PackedMask;
}

const side = z.int().positive();

export const segmentImage: Task<"segment-image", SegmentImageInput, SegmentImageOutput> = {
  name: "segment-image",
  summary: "The class of every pixel of a picture, as one mask for each class that is there",
  input: z.strictObject({ image: imageBytes().meta({ description: "The picture", positional: true }) }),
  output: z.strictObject({
    width: side,
    height: side,
    classes: z.array(
      z.strictObject({
        label: z.string(),
        index: z.int().nonnegative(),
        coverage: z.number().positive().max(1).describe("Part of the picture's pixels"),
        mask: z
          .strictObject({ size: z.tuple([side, side]), counts: z.string() })
          .meta({ description: "COCO's compressed run lengths; size is height, then width", shown: "mask" }),
      }),
    ),
  }),
};
