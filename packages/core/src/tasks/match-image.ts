import { z } from "zod";
import { imageBytes } from "./media-bytes.ts";
import type { Task } from "./task.ts";

export interface MatchImageInput {
  /** The pictures. */
  images: Uint8Array[];
  /** Candidate labels; default: the model's own. */
  labels?: string[] | undefined;
  /** Sentence around each label, {} standing for it. */
  template?: string | undefined;
  /** How many matches to keep of each; default: all. */
  top_k?: number | undefined;
}

export interface LabelMatch {
  label: string;
  /** Softmax over the labels, 0 to 1. */
  score: number;
  /** Cosine of the two embeddings, -1 to 1. */
  similarity: number;
}

export interface ImageMatch {
  /** Position in `images`. */
  image: number;
  /** Softmax over the pictures, 0 to 1. */
  score: number;
  similarity: number;
}

export interface MatchImageOutput {
  per_image: { image: number; matches: LabelMatch[] }[];
  /** Of the labels that were asked for; empty where the model's own were used. */
  per_label: { label: string; matches: ImageMatch[] }[];
}

const score = z.number().min(0).max(1);
const similarity = z.number().min(-1.000_01).max(1.000_01);
export const labelMatchSchema: z.ZodType<LabelMatch> = z.strictObject({ label: z.string(), score, similarity });

/** A label as people type it: white space around it does not count. An empty one is a class too, as in the official models. */
export function labelText(): z.ZodString {
  return z.string().trim();
}

/** The field that puts labels into a sentence. */
export function labelTemplate(): z.ZodType<string | undefined> {
  return z
    .string()
    .refine((text) => text.includes("{}"), "must contain {} where the label goes")
    .optional()
    .meta({ description: "Sentence around each label, {} standing for it" });
}

export const matchImage: Task<"match-image", MatchImageInput, MatchImageOutput> = {
  name: "match-image",
  summary: "How well each picture fits each label, best first, both ways round",
  input: z.strictObject({
    images: z.array(imageBytes()).min(1).max(256).meta({ description: "The pictures", positional: true }),
    labels: z
      .array(labelText())
      .min(1)
      .max(10_000)
      .optional()
      .meta({ description: "Candidate labels; default: the model's own" }),
    template: labelTemplate(),
    top_k: z.int().positive().optional().meta({ description: "How many matches to keep of each; default: all" }),
  }),
  output: z.strictObject({
    per_image: z.array(
      z.strictObject({
        image: z.int().nonnegative(),
        matches: z.array(labelMatchSchema).meta({ shown: { as: "classification", picture: "image" } }),
      }),
    ),
    per_label: z.array(
      z.strictObject({
        label: z.string(),
        matches: z.array(z.strictObject({ image: z.int().nonnegative(), score, similarity })),
      }),
    ),
  }),
};
