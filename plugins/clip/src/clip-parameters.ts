import {
  describeIssues,
  type ImagePreprocessing,
  ModelError,
  type ModelSpec,
  type TextPreprocessing,
} from "@menagerie/core";
import { z } from "zod";

/** What only CLIP models say in `parameters`. */
export interface ClipParameters {
  /** Factor of the cosine before the softmax: e to the power of the trained `logit_scale`. */
  logit_scale: number;
  /** Sentence around a label, `{}` standing for it. */
  template: string;
}

const clipParametersSchema: z.ZodType<ClipParameters> = z.strictObject({
  logit_scale: z.number().positive().default(100),
  template: z.string().includes("{}").default("This is a photo of {}."),
});

export function clipParameters(spec: ModelSpec): ClipParameters {
  const result = clipParametersSchema.safeParse(spec.parameters);
  if (result.success) return result.data;
  throw incomplete(spec, `"parameters": ${describeIssues(clipParametersSchema, result.error).join("; ")}`);
}

/** @throws `model_spec_invalid` if the spec does not say how pictures and texts are prepared */
export function clipPreprocessing(spec: ModelSpec): { image: ImagePreprocessing; text: TextPreprocessing } {
  const { image, text } = spec.preprocessing;
  if (image === undefined || text === undefined)
    throw incomplete(spec, '"preprocessing" must have both "image" and "text"');
  return { image, text };
}

function incomplete(spec: ModelSpec, problem: string): ModelError {
  return new ModelError(
    "model_spec_invalid",
    `${spec.model_name} is not a spec that the CLIP loader can use: ${problem}.`,
    { model: spec.model_name },
  );
}
