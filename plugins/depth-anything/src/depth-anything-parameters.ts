import { describeIssues, ModelError, type ModelSpec, plainWords } from "@menagerie/core";
import { z } from "zod";

/** What only Depth-Anythings say in `parameters`. */
export interface DepthAnythingParameters {
  /** `relative` inverse depth, where larger is nearer, or `metric`: metres, where larger is farther. */
  depth: "relative" | "metric";
  /** Pixels along a side of the backbone's patches, where the checkpoint says it: the graph answers for whole patches. */
  patch_size?: number | undefined;
}

const parametersSchema: z.ZodType<DepthAnythingParameters> = z.strictObject({
  depth: z.enum(["relative", "metric"]).default("relative"),
  patch_size: z.int().positive().optional(),
});

/** @throws ModelError `model_spec_invalid` for what does not fit */
export function depthAnythingParameters({ model_name, parameters }: ModelSpec): DepthAnythingParameters {
  const read = parametersSchema.safeParse(parameters, { error: plainWords });
  if (read.success) return read.data;
  throw new ModelError(
    "model_spec_invalid",
    `${model_name} is no spec of a Depth-Anything: "parameters": ${describeIssues(parametersSchema, read.error).join("; ")}.`,
    { model: model_name },
  );
}
