import type { JsonSchema } from "../contract/json-schema.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import { isRecord } from "./installed-package.ts";

/** Keyword of a kit's schema on a text that is the name of one of the spec's artifacts. */
const keyword = "x-artifact";

/** Where a part of a spec names an artifact that it does not declare, as sentences. */
export function danglingArtifacts(schema: JsonSchema, value: unknown, where: string, spec: ModelSpec): string[] {
  if (!isRecord(value) || !isRecord(schema.properties)) return [];
  return Object.entries(schema.properties).flatMap(([key, inner]) => {
    const named = value[key];
    if (!isRecord(inner) || named === undefined) return [];
    if (inner[keyword] !== true) return danglingArtifacts(inner, named, `${where}.${key}`, spec);
    if (spec.local_artifacts.some(({ name }) => name === named)) return [];
    return [`"${where}.${key}" names the artifact "${String(named)}", which local_artifacts does not have`];
  });
}
