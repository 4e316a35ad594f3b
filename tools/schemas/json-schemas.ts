import { modelSpecFileSchema } from "@menagerie/core";
import { zooSpecSchema } from "@menagerie/core/host";
import { z } from "zod";

/** The JSON Schemas that editors use for our YAML files, by file name. */
export function jsonSchemas(): Record<string, string> {
  return {
    "model-spec.schema.json": jsonSchema("A model of a Menagerie zoo", modelSpecFileSchema),
    "zoo-spec.schema.json": jsonSchema("A Menagerie zoo", zooSpecSchema),
  };
}

function jsonSchema(title: string, schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return `${JSON.stringify({ title, ...json }, undefined, 2)}\n`;
}
