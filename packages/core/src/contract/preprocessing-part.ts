import type { z } from "zod";
import { ModelError } from "./model-error.ts";
import type { ModelSpec } from "./model-spec.ts";
import { describeIssues, plainWords } from "./schema-issue.ts";

/**
 * One modality of a spec's `preprocessing`, with its defaults, as a kit reads it.
 * @throws ModelError `model_spec_invalid` where the spec says nothing of it, or what the schema does not allow
 */
export function partOf<Part>(
  { model_name, preprocessing }: Pick<ModelSpec, "model_name" | "preprocessing">,
  modality: string,
  schema: z.ZodType<Part>,
): Part {
  const part = Object.hasOwn(preprocessing, modality) ? preprocessing[modality] : undefined;
  const where = `preprocessing.${modality}`;
  const result = schema.safeParse(part, { error: plainWords });
  if (part !== undefined && result.success) return result.data;
  const problems =
    part === undefined || result.error === undefined
      ? [`"preprocessing" must have "${modality}", which its loader reads`]
      : describeIssues(schema, result.error, { within: where });
  throw new ModelError("model_spec_invalid", `${model_name}: ${problems.join("; ")}.`, {
    model: model_name,
    details: { modality, problems },
  });
}
