import {
  describeIssues,
  type ImagePreprocessing,
  ModelError,
  type ModelSpec,
  type TextPreprocessing,
} from "@menagerie/core";
import type { OpenClipCleaning } from "@menagerie/text";
import { z } from "zod";

/** What only these models say in `parameters`. */
export interface FashionParameters {
  /** Factor of the cosine before the softmax. */
  logit_scale: number;
  /** Sentence around a label, `{}` standing for it. */
  template: string;
  /** What open_clip does to a text before the tokenizer sees it; nothing where left out. */
  text_cleaning?: OpenClipCleaning | undefined;
}

const parametersSchema: z.ZodType<FashionParameters> = z.strictObject({
  logit_scale: z.number().positive().default(100),
  template: z.string().includes("{}").default("{}"),
  text_cleaning: z.enum(["whitespace", "lower", "canonicalize"]).optional(),
});

/** All of a spec that such a model needs. */
export interface FashionDescription extends FashionParameters {
  readonly image: ImagePreprocessing;
  readonly text: TextPreprocessing;
}

/** @throws ModelError `model_spec_invalid` for what is missing or does not fit */
export function fashionDescription(spec: ModelSpec): FashionDescription {
  const parameters = parametersSchema.safeParse(spec.parameters);
  if (!parameters.success)
    throw unusable(spec, `"parameters": ${describeIssues(parametersSchema, parameters.error).join("; ")}`);
  const { image, text } = spec.preprocessing;
  if (image === undefined || text === undefined)
    throw unusable(spec, '"preprocessing" must have both "image" and "text"');
  return { ...parameters.data, image, text };
}

function unusable(spec: ModelSpec, problem: string): ModelError {
  return new ModelError(
    "model_spec_invalid",
    `${spec.model_name} is not a spec that the fashion-clip loader can use: ${problem}.`,
    { model: spec.model_name },
  );
}
