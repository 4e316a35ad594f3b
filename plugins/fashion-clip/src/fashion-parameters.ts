import type { ModelSpec } from "@menagerie/core";
import { type PictureTextDescription, pictureTextDescription } from "@menagerie/embedding";
import { type OpenClipCleaning, textPreprocessing } from "@menagerie/text";
import { imagePreprocessing } from "@menagerie/vision";
import { z } from "zod";

/** What only these models say in `parameters`. */
export interface FashionParameters {
  /** Factor of the cosine before the softmax; where left out, that of the graph's own logits, or else 100. */
  logit_scale?: number | undefined;
  /** Sentence around a label, `{}` standing for it. */
  template: string;
  /** What open_clip does to a text before the tokenizer sees it; default: nothing. */
  text_cleaning?: OpenClipCleaning | undefined;
}

const parametersSchema: z.ZodType<FashionParameters> = z.strictObject({
  logit_scale: z.number().positive().optional(),
  template: z.string().includes("{}").default("{}"),
  text_cleaning: z.enum(["whitespace", "lower", "canonicalize"]).optional(),
});

/** All of a spec that such a model needs; one of a single tower has its side alone. */
export type FashionDescription = FashionParameters & Partial<PictureTextDescription>;

/** @throws ModelError `model_spec_invalid` for what is missing or does not fit */
export function fashionDescription(spec: ModelSpec): FashionDescription {
  const { model, vision_model: vision, text_model: text } = spec.graphs;
  if (model !== undefined || (vision !== undefined && text !== undefined))
    return pictureTextDescription(spec, parametersSchema, "fashion-clip");
  // What the other side would say is not looked at.
  const { image, text: texts } = spec.preprocessing;
  const lone = {
    ...(texts === undefined ? {} : { text: textPreprocessing(spec) }),
    ...(image === undefined ? {} : { image: imagePreprocessing(spec) }),
  };
  const {
    text: _text,
    image: _image,
    ...parameters
  } = pictureTextDescription(
    { ...spec, preprocessing: { image: image ?? noPictures, text: texts ?? noTexts } },
    parametersSchema,
    "fashion-clip",
  );
  return { ...parameters, ...lone };
}

const noPictures = { arithmetic: "pillow-12" };
const noTexts = { tokenizer: "", max_length: 1, padding: "longest", pad_token_id: 0 };
