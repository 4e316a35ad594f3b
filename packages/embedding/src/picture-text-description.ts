import { describeIssues, ModelError, type ModelSpec, plainWords } from "@menagerie/core";
import { type TextPreprocessing, textPreprocessing } from "@menagerie/text";
import { type ImagePreprocessing, imagePreprocessing } from "@menagerie/vision";
import type { z } from "zod";

/** What a spec must say of a model that takes pictures and texts. */
export interface PictureTextDescription {
  readonly image: ImagePreprocessing;
  readonly text: TextPreprocessing;
}

/**
 * Reads `preprocessing` and a family's own `parameters` of a spec.
 * @param family as it is called in the sentence of a refusal
 * @throws ModelError `model_spec_invalid` for what is missing or does not fit
 */
export function pictureTextDescription<Parameters extends object>(
  spec: ModelSpec,
  schema: z.ZodType<Parameters>,
  family: string,
): Parameters & PictureTextDescription {
  const unusable = (problem: string): ModelError =>
    new ModelError(
      "model_spec_invalid",
      `${spec.model_name} is not a spec that the ${family} loader can use: ${problem}.`,
      { model: spec.model_name },
    );
  const parameters = schema.safeParse(spec.parameters, { error: plainWords });
  if (!parameters.success) throw unusable(`"parameters": ${describeIssues(schema, parameters.error).join("; ")}`);
  const { image, text } = spec.preprocessing;
  if (image === undefined || text === undefined) throw unusable('"preprocessing" must have both "image" and "text"');
  return { ...parameters.data, image: imagePreprocessing(spec), text: textPreprocessing(spec) };
}
