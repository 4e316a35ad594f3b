import { describeIssues, ModelError, type ModelSpec, plainWords } from "@menagerie/core";
import { type ImagePreprocessing, type Size, usualImagePreprocessing } from "@menagerie/vision";
import { z } from "zod";

/** What only ViTPoses say in `parameters`. */
export interface VitPoseParameters {
  /** Pairs of keypoints that are joined, by position. */
  edges: [number, number][];
  /** Which of the data sets that a model with experts was trained on is asked for; 0 is COCO in the published ones. */
  dataset_index: number;
  /** What a box's sides are divided by before they are multiplied by 200; the crop is so much larger or smaller. */
  normalize_factor: number;
}

const position = z.int().nonnegative();
const parametersSchema: z.ZodType<VitPoseParameters> = z.strictObject({
  edges: z.array(z.tuple([position, position])).default([]),
  dataset_index: position.default(0),
  normalize_factor: z.number().positive().default(200),
});

/** All of a spec that a ViTPose needs. @throws `model_spec_invalid` for what is missing or does not fit */
export interface VitPoseDescription extends VitPoseParameters {
  readonly names: readonly string[];
  readonly image: ImagePreprocessing;
  /** Of a person's crop. */
  readonly size: Size;
}

export function vitPoseDescription(spec: ModelSpec): VitPoseDescription {
  const parameters = parametersSchema.safeParse(spec.parameters, { error: plainWords });
  if (!parameters.success)
    throw unusable(spec, `"parameters": ${describeIssues(parametersSchema, parameters.error).join("; ")}`);
  const { labels: names = [] } = spec;
  if (names.length === 0) throw unusable(spec, '"labels" must name the keypoints');
  if (parameters.data.edges.flat().some((i) => i >= names.length))
    throw unusable(spec, `"parameters.edges" joins keypoints that "labels" does not have`);
  const image = usualImagePreprocessing(spec);
  if (image?.resize === undefined || !("width" in image.resize))
    throw unusable(spec, '"preprocessing.image.resize" must have the width and height of a person\'s crop');
  const { width, height } = image.resize;
  return { ...parameters.data, names, image, size: { width, height } };
}

function unusable(spec: ModelSpec, problem: string): ModelError {
  return new ModelError(
    "model_spec_invalid",
    `${spec.model_name} is not a spec that the ViTPose loader can use: ${problem}.`,
    { model: spec.model_name },
  );
}
