import { ModelError } from "./model-error.ts";
import { type ModelSpec, modelSpecSchema } from "./model-spec.ts";
import { describeIssues, plainWords } from "./schema-issue.ts";

/**
 * The spec that `value` is, checked beyond its shape: every graph and schema names something that exists. Its `engine`, `runtime`,
 * `precision` and `preprocessing` are words of installed packages, to which a zoo holds them.
 * @param where the file it came from, for the message.
 * @throws ModelError `model_spec_invalid` naming each faulty key; a misspelt one comes with the nearest right one.
 */
export function parseModelSpec(value: unknown, where: string): ModelSpec {
  const result = modelSpecSchema.safeParse(value, { error: plainWords });
  const problems = result.success ? danglingNames(result.data) : describeIssues(modelSpecSchema, result.error);
  if (result.success && problems.length === 0) return result.data;
  throw new ModelError("model_spec_invalid", `${where} is not a valid ModelSpec: ${problems.join("; ")}.`, {
    details: { file: where, problems },
  });
}

function danglingNames(spec: ModelSpec): string[] {
  const artifacts = new Set(spec.local_artifacts.map((artifact) => artifact.name));
  const problems: string[] = [];
  const want = (name: string, where: string): void => {
    if (!artifacts.has(name))
      problems.push(`"${where}" names the artifact "${name}", which local_artifacts does not have`);
  };
  for (const [name, graph] of Object.entries(spec.graphs)) {
    want(graph.artifact, `graphs.${name}.artifact`);
    for (const data of graph.external_data ?? []) want(data, `graphs.${name}.external_data`);
  }
  for (const key of ["input_schema", "output_schema"] as const) {
    for (const graph of Object.keys(spec[key])) {
      if (!Object.hasOwn(spec.graphs, graph))
        problems.push(`"${key}.${graph}" is about a graph that graphs does not have`);
    }
  }
  return problems;
}
