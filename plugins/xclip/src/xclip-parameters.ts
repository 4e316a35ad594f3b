import {
  describeIssues,
  type ImagePreprocessing,
  ModelError,
  type ModelSpec,
  type TextPreprocessing,
} from "@menagerie/core";
import { z } from "zod";

/** What only X-CLIPs say in `parameters`. */
export interface XclipParameters {
  /** How many frames the model looks at, fixed by its positions in time. */
  frames: number;
  /** Sentence around a label, `{}` standing for it. */
  template: string;
}

const parametersSchema: z.ZodType<XclipParameters> = z.strictObject({
  frames: z.int().positive().max(256),
  template: z.string().includes("{}").default("{}"),
});

/** All of a spec that an X-CLIP needs. */
export interface XclipDescription extends XclipParameters {
  readonly image: ImagePreprocessing;
  readonly text: TextPreprocessing;
}

/** @throws ModelError `model_spec_invalid` for what is missing or does not fit */
export function xclipDescription(spec: ModelSpec): XclipDescription {
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
    `${spec.model_name} is not a spec that the X-CLIP loader can use: ${problem}.`,
    { model: spec.model_name },
  );
}
