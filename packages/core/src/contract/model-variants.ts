import { z } from "zod";
import { ModelError } from "./model-error.ts";
import {
  type ArtifactDeclaration,
  type ModelSpec,
  modelSpecShape,
  type Origin,
  type ResourceRequirements,
  relativePathSchema,
} from "./model-spec.ts";
import { parseModelSpec } from "./parse-model-spec.ts";
import { describeIssues, plainWords } from "./schema-issue.ts";

/** The same model in files of another precision: what differs from the spec that it stands under. */
interface ModelVariant {
  /** File of an artifact by its name; the others are those of the spec. */
  paths: Record<string, string>;
  resource_requirements?: { vram_mb?: number | undefined; ram_mb?: number | undefined } | undefined;
  /** Where its files come from, if not from where the spec's do. */
  origin?: Origin | undefined;
}

/** What a YAML file declares: a model, and under `variants` the same in other precisions. */
export interface ModelSpecFile extends ModelSpec {
  variants: Record<string, ModelVariant>;
}

type Optional<T, Key extends keyof T> = Omit<T, Key> & { readonly [K in Key]?: T[K] | undefined };

/** A ModelSpec as a file or an application writes it: what has a default may be left out. */
export type ModelSpecInput = Optional<
  Omit<ModelSpecFile, "local_artifacts" | "resource_requirements">,
  | "weights_digest"
  | "preprocessing"
  | "preprocess_signature"
  | "graphs"
  | "input_schema"
  | "output_schema"
  | "parameters"
  | "golden"
  | "variants"
> & {
  readonly local_artifacts: readonly Optional<ArtifactDeclaration, "kind">[];
  readonly resource_requirements: Optional<ResourceRequirements, "max_batch">;
};

export const modelSpecFileSchema: z.ZodType<ModelSpecFile> = z.strictObject({
  ...modelSpecShape,
  variants: z
    .record(
      modelSpecShape.precision as z.ZodType<string, string>,
      z.strictObject({
        paths: z.record(z.string(), relativePathSchema),
        resource_requirements: z
          .strictObject({ vram_mb: z.number().nonnegative().optional(), ram_mb: z.number().positive().optional() })
          .optional(),
        origin: modelSpecShape.origin,
      }),
    )
    .default({}),
});

/**
 * The specs that a file declares: its own, then one for each variant, called `{model_name}-{precision}`.
 * @param where the file it came from, for the message
 * @throws `model_spec_invalid` as `parseModelSpec`, and for a variant of an artifact that the spec does not have
 */
export function parseModelSpecs(value: unknown, where: string): readonly [ModelSpec, ...ModelSpec[]] {
  const result = modelSpecFileSchema.safeParse(value, { error: plainWords });
  if (!result.success) throw invalid(where, describeIssues(modelSpecFileSchema, result.error));
  const { variants, ...own } = result.data;
  const spec = parseModelSpec(own, where);
  const others = Object.entries(variants).map(([precision, variant]) =>
    parseModelSpec(variantOf(spec, precision, variant, where), where),
  );
  return [spec, ...others];
}

function variantOf(spec: ModelSpec, precision: string, variant: ModelVariant, where: string): ModelSpec {
  const names = spec.local_artifacts.map((artifact) => artifact.name);
  const unknown = Object.keys(variant.paths).filter((name) => !names.includes(name));
  if (precision === spec.precision) unknown.push(precision);
  if (unknown.length > 0) {
    const known = `the artifacts are ${names.join(", ")}, and the spec itself is ${spec.precision}`;
    throw invalid(where, [`"variants.${precision}" cannot stand in for ${unknown.join(", ")} (${known})`]);
  }
  const { description, resource_requirements: needs, weights_digest: _, golden: __, ...kept } = spec;
  const { vram_mb = needs.vram_mb, ram_mb = needs.ram_mb } = variant.resource_requirements ?? {};
  return {
    ...kept,
    model_name: `${spec.model_name}-${precision}`,
    ...(description === undefined ? {} : { description: `${description}, ${precision}` }),
    precision,
    weights_digest: "auto",
    golden: [],
    local_artifacts: spec.local_artifacts.map((artifact) => {
      const path = variant.paths[artifact.name];
      return path === undefined ? artifact : { name: artifact.name, kind: artifact.kind, path };
    }),
    resource_requirements: { ...needs, vram_mb, ram_mb },
    ...(variant.origin === undefined ? {} : { origin: variant.origin }),
  };
}

function invalid(where: string, problems: readonly string[]): ModelError {
  return new ModelError("model_spec_invalid", `${where} is not a valid ModelSpec: ${problems.join("; ")}.`, {
    details: { file: where, problems },
  });
}
