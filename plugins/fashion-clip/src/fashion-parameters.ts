import { type ModelSpec, type PictureTextDescription, pictureTextDescription } from "@menagerie/core";
import type { OpenClipCleaning } from "@menagerie/text";
import { z } from "zod";

/** What only these models say in `parameters`. */
export interface FashionParameters {
  /** Factor of the cosine before the softmax; where left out, that of the graph's own logits, or else 100. */
  logit_scale?: number | undefined;
  /** Sentence around a label, `{}` standing for it. */
  template: string;
  /** What open_clip does to a text before the tokenizer sees it; nothing where left out. */
  text_cleaning?: OpenClipCleaning | undefined;
}

const parametersSchema: z.ZodType<FashionParameters> = z.strictObject({
  logit_scale: z.number().positive().optional(),
  template: z.string().includes("{}").default("{}"),
  text_cleaning: z.enum(["whitespace", "lower", "canonicalize"]).optional(),
});

/** All of a spec that such a model needs. */
export type FashionDescription = FashionParameters & PictureTextDescription;

/** @throws ModelError `model_spec_invalid` for what is missing or does not fit */
export function fashionDescription(spec: ModelSpec): FashionDescription {
  return pictureTextDescription(spec, parametersSchema, "fashion-clip");
}
