import { describeIssues, ModelError, type ModelSpec, plainWords } from "@menagerie/core";
import { type ImagePreprocessing, imagePreprocessing } from "@menagerie/vision";
import { z } from "zod";

/** What a YOLO-World's spec says in `parameters`; a question may say otherwise. */
export interface YoloWorldParameters {
  /** Only scores above count; default: 0.25, as in ultralytics. */
  threshold: number;
  /** Overlap above which the worse of two boxes of one label goes; default: 0.7, as in ultralytics. */
  iou: number;
}

const share = z.number().min(0).max(1);
const parametersSchema: z.ZodType<YoloWorldParameters> = z.strictObject({
  threshold: share.default(0.25),
  iou: share.default(0.7),
});

/** @throws `model_spec_invalid` for a spec that lacks what a YOLO-World needs */
export function yoloWorldParameters(spec: ModelSpec): YoloWorldParameters & { image: ImagePreprocessing } {
  const parameters = parametersSchema.safeParse(spec.parameters, { error: plainWords });
  if (!parameters.success)
    throw unusable(spec, `"parameters": ${describeIssues(parametersSchema, parameters.error).join("; ")}`);
  return { ...parameters.data, image: imagePreprocessing(spec) };
}

export function unusable(spec: ModelSpec, problem: string): ModelError {
  return new ModelError(
    "model_spec_invalid",
    `${spec.model_name} is not a spec that the YOLO-World loader can use: ${problem}.`,
    { model: spec.model_name },
  );
}
