import { describeIssues, ModelError, type ModelSpec, plainWords } from "@menagerie/core";
import { type OpenClipCleaning, type TextPreprocessing, textPreprocessing } from "@menagerie/text";
import { type ImagePreprocessing, imagePreprocessing } from "@menagerie/vision";
import { z } from "zod";

/** What only CLIP models say in `parameters`. */
export interface ClipParameters {
  /**
   * Factor of the cosine before the softmax: e to the power of the trained `logit_scale`. Where left out, that of the graph's
   * own logits, or else 100.
   */
  logit_scale?: number | undefined;
  /** How texts are cleaned before the tokenizer sees them: as open_clip does it; default: not at all. */
  text_cleaning?: OpenClipCleaning | undefined;
  /** Sentence around a label, `{}` standing for it. */
  template: string;
}

const clipParametersSchema: z.ZodType<ClipParameters> = z.strictObject({
  logit_scale: z.number().positive().optional(),
  text_cleaning: z.enum(["whitespace", "lower", "canonicalize"]).optional(),
  template: z.string().includes("{}").default("This is a photo of {}."),
});

export function clipParameters(spec: ModelSpec): ClipParameters {
  const result = clipParametersSchema.safeParse(spec.parameters, { error: plainWords });
  if (result.success) return result.data;
  throw incomplete(spec, `"parameters": ${describeIssues(clipParametersSchema, result.error).join("; ")}`);
}

/** @throws `model_spec_invalid` if the spec does not say how pictures are prepared */
export function clipImage(spec: ModelSpec): ImagePreprocessing {
  if (spec.preprocessing.image === undefined) throw incomplete(spec, '"preprocessing" must have "image"');
  return imagePreprocessing(spec);
}

/** @throws `model_spec_invalid` if the spec does not say how texts are prepared */
export function clipText(spec: ModelSpec): TextPreprocessing {
  if (spec.preprocessing.text === undefined) throw incomplete(spec, '"preprocessing" must have "text"');
  return textPreprocessing(spec);
}

function incomplete(spec: Pick<ModelSpec, "model_name">, problem: string): ModelError {
  return new ModelError(
    "model_spec_invalid",
    `${spec.model_name} is not a spec that the CLIP loader can use: ${problem}.`,
    { model: spec.model_name },
  );
}
