import { z } from "zod";
import { ModelError } from "./model-error.ts";
import { type ModelSpec, modelSpecSchema } from "./model-spec.ts";

/**
 * The spec that `value` is, checked beyond its shape: every graph, tokenizer and schema names something that exists.
 * @param where the file it came from, for the message.
 * @throws ModelError `model_spec_invalid` naming each faulty key; a misspelt one comes with the nearest right one.
 */
export function parseModelSpec(value: unknown, where: string): ModelSpec {
  const result = modelSpecSchema.safeParse(value);
  const problems = result.success ? danglingNames(result.data) : result.error.issues.map(describeIssue);
  if (result.success && problems.length === 0) return result.data;
  throw new ModelError("model_spec_invalid", `${where} is not a valid ModelSpec: ${problems.join("; ")}.`, {
    details: { file: where, problems },
  });
}

/** One line for a schema's complaint; a key that is not known comes with the nearest one that is. */
export function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(keysAt(issue.path) ?? {});
    return issue.keys
      .map((key) => {
        const near = nearest(key, known);
        return `unknown key "${[...(path === "" ? [] : [path]), key].join(".")}"${near === undefined ? "" : ` (did you mean "${near}"?)`}`;
      })
      .join("; ");
  }
  return `${path === "" ? "the document" : `"${path}"`}: ${issue.message}`;
}

function danglingNames(spec: ModelSpec): string[] {
  const artifacts = new Set(spec.local_artifacts.map((artifact) => artifact.name));
  const problems: string[] = [];
  const want = (name: string, where: string): void => {
    if (!artifacts.has(name)) problems.push(`"${where}" names the artifact "${name}", which local_artifacts does not have`);
  };
  for (const [name, graph] of Object.entries(spec.graphs)) {
    want(graph.artifact, `graphs.${name}.artifact`);
    for (const data of graph.external_data ?? []) want(data, `graphs.${name}.external_data`);
  }
  if (spec.preprocessing.text) want(spec.preprocessing.text.tokenizer, "preprocessing.text.tokenizer");
  for (const key of ["input_schema", "output_schema"] as const) {
    for (const graph of Object.keys(spec[key])) {
      if (!Object.hasOwn(spec.graphs, graph)) problems.push(`"${key}.${graph}" is about a graph that graphs does not have`);
    }
  }
  return problems;
}

function keysAt(path: readonly PropertyKey[]): Record<string, unknown> | undefined {
  let schema: unknown = modelSpecSchema;
  for (const key of path) {
    schema = unwrap(schema);
    if (schema instanceof z.ZodObject) schema = (schema.shape as Record<PropertyKey, unknown>)[key];
    else if (schema instanceof z.ZodArray) schema = schema.element;
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
    else return undefined;
  }
  schema = unwrap(schema);
  return schema instanceof z.ZodObject ? (schema.shape as Record<string, unknown>) : undefined;
}

function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodOptional) inner = inner.unwrap();
  return inner;
}

/** The known word with the smallest edit distance, if that is at most a third of the word. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(word, candidate) }));
  const best = ranked.sort((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
