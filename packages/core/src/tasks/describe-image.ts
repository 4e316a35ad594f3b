import { z } from "zod";
import { maxNewTokens, numBeams } from "./generation-fields.ts";
import { imageBytes } from "./media-bytes.ts";
import { type BoxEdges, boxEdges, type PictureBox, shownBox } from "./picture-box.ts";
import type { Task } from "./task.ts";

/**
 * What is asked of a picture. `phrase_grounding`, `referring_segmentation` and `open_vocabulary_detection` ask about a
 * text; those that begin with `region_`, but for `region_proposal`, about a box.
 */
export type DescriptionPrompt =
  | "caption"
  | "detailed_caption"
  | "more_detailed_caption"
  | "ocr"
  | "ocr_with_region"
  | "object_detection"
  | "dense_region_caption"
  | "region_proposal"
  | "phrase_grounding"
  | "referring_segmentation"
  | "region_segmentation"
  | "open_vocabulary_detection"
  | "region_category"
  | "region_description"
  | "region_ocr";

export interface DescribeImageInput {
  /** The picture. */
  image: Uint8Array;
  /** What to ask of the picture. */
  prompt?: DescriptionPrompt | undefined;
  /** What to look for: phrase_grounding, referring_segmentation and open_vocabulary_detection need it. */
  text?: string | undefined;
  /** Which part of the picture the prompts region_segmentation, _category, _description and _ocr ask about. */
  box?: BoxEdges | undefined;
  /** How many texts are followed side by side; default: the model's own number. */
  num_beams?: number | undefined;
  /** Most tokens of the answer; default: what the model can hold. */
  max_new_tokens?: number | undefined;
}

/** What a generated text says is there: such models give no score. */
export interface DescribedObject {
  label: string;
  box: PictureBox;
}

export interface TextQuad {
  text: string;
  /** x, y of the four corners in pixels, in the model's order: from the beginning of the text around it. */
  quad: number[];
}

export interface OutlinedObject {
  label: string;
  /** x, y, x, y, … in pixels of each outline. */
  polygons: number[][];
}

/** A text, and what it says of places: `objects`, `quads` and `polygons` are there where the prompt asks for them. */
export interface DescribeImageOutput {
  text: string;
  objects?: DescribedObject[] | undefined;
  quads?: TextQuad[] | undefined;
  polygons?: OutlinedObject[] | undefined;
}

const prompts = [
  "caption",
  "detailed_caption",
  "more_detailed_caption",
  "ocr",
  "ocr_with_region",
  "object_detection",
  "dense_region_caption",
  "region_proposal",
  "phrase_grounding",
  "referring_segmentation",
  "region_segmentation",
  "open_vocabulary_detection",
  "region_category",
  "region_description",
  "region_ocr",
] as const satisfies readonly DescriptionPrompt[];

export const describeImage: Task<"describe-image", DescribeImageInput, DescribeImageOutput> = {
  name: "describe-image",
  summary: "What a picture shows, in words, and where it is",
  input: z.strictObject({
    image: imageBytes().meta({ description: "The picture", positional: true }),
    prompt: z.enum(prompts).default("caption").meta({ description: "What to ask of the picture" }),
    text: z.string().min(1).max(4000).optional().meta({
      description: "What to look for: phrase_grounding, referring_segmentation and open_vocabulary_detection need it",
    }),
    box: boxEdges.optional().meta({
      description:
        "Which part of the picture the prompts region_segmentation, _category, _description and _ocr ask about",
    }),
    num_beams: numBeams,
    max_new_tokens: maxNewTokens("the answer"),
  }),
  output: z.strictObject({
    text: z.string().meta({ shown: { as: "caption", unless: ["objects", "quads", "polygons"] } }),
    objects: z.array(z.strictObject({ label: z.string(), box: shownBox })).optional(),
    quads: z
      .array(z.strictObject({ text: z.string(), quad: z.array(z.number()).length(8).meta({ shown: "polygon" }) }))
      .optional()
      .describe("x, y of four corners in pixels"),
    polygons: z
      .array(z.strictObject({ label: z.string(), polygons: z.array(z.array(z.number()).meta({ shown: "polygon" })) }))
      .optional()
      .describe("x, y, x, y, … in pixels of each outline"),
  }),
};
