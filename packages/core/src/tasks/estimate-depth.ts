import { z } from "zod";
import { imageBytes } from "./media-bytes.ts";
import type { Task } from "./task.ts";

export interface EstimateDepthInput {
  /** The picture. */
  image: Uint8Array;
}

export interface EstimateDepthOutput {
  /** Of the upright picture, in pixels. */
  width: number;
  height: number;
  /**
   * `[height, width]` float32, little-endian, rows from the top. Where larger is nearer it is relative inverse depth: without a
   * unit, and comparable within this picture alone; where smaller is nearer, metres. Base64 in JSON.
   */
  depth: Uint8Array;
  /** Least and largest value of `depth`. */
  minimum: number;
  maximum: number;
  /** Which values are near: `larger` for inverse depth, `smaller` for metres. */
  near: "larger" | "smaller";
}

const side = z.int().positive();

const depthSchema: z.ZodType<Uint8Array> = z
  .custom<Uint8Array>((value) => value instanceof Uint8Array && value.byteLength % 4 === 0, "must be bytes of float32")
  .meta({
    type: "string",
    tensor: { dtype: "float32", shape: ["height", "width"] },
    shown: "depth",
    contentEncoding: "base64",
    contentMediaType: "application/octet-stream",
    description:
      "Depth of each pixel: float32, little-endian, [height, width], rows from the top, as base64. Where larger is nearer it is relative inverse depth, without a unit and comparable within one picture alone; where smaller is nearer, metres",
  });

export const estimateDepth: Task<"estimate-depth", EstimateDepthInput, EstimateDepthOutput> = {
  name: "estimate-depth",
  summary: "How near each pixel of a picture is, relative to the others of the same picture",
  input: z.strictObject({ image: imageBytes().meta({ description: "The picture", positional: true }) }),
  output: z
    .strictObject({
      width: side,
      height: side,
      depth: depthSchema,
      minimum: z.number().describe("Least value of the depth"),
      maximum: z.number().describe("Largest value of the depth"),
      near: z.enum(["larger", "smaller"]).describe("Which values are near"),
    })
    .refine(({ width, height, depth }) => depth.byteLength === 4 * width * height, {
      path: ["depth"],
      message: "must have 4 bytes for each pixel",
    }),
};
