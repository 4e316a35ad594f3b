import { audioPreprocessingSchema } from "@menagerie/audio";
import { modelSpecFileSchema, taskDocumentSchema } from "@menagerie/core";
import { zooSpecSchema } from "@menagerie/core/host";
import { textPreprocessingSchema } from "@menagerie/text";
import { imagePreprocessingSchema } from "@menagerie/vision";
import { z } from "zod";

/** By file, from the repository's root: the JSON Schemas that editors use for our YAML files, and those that kits ship. */
export function jsonSchemas(): Record<string, string> {
  return {
    "specs/model-spec.schema.json": text("A model of a Menagerie zoo", modelSpec()),
    "specs/task.schema.json": text("A task that a plugin brings to a Menagerie zoo", jsonSchema(taskDocumentSchema)),
    "specs/zoo-spec.schema.json": text("A Menagerie zoo", jsonSchema(zooSpecSchema)),
    ...Object.fromEntries(
      Object.entries(kits).map(([modality, { kit, title, schema }]) => [
        `packages/${kit}/schemas/${modality}-preprocessing.json`,
        text(title, jsonSchema(schema)),
      ]),
    ),
  };
}

/** What our kits describe, by modality. */
const kits: Readonly<Record<string, { kit: string; title: string; schema: z.ZodType }>> = {
  image: { kit: "vision", title: "How a picture becomes a tensor", schema: imagePreprocessingSchema },
  audio: { kit: "audio", title: "How a recording becomes what a model hears", schema: audioPreprocessingSchema },
  text: { kit: "text", title: "How a text becomes token ids", schema: textPreprocessingSchema },
};

/** An editor knows the parts of our kits; those of others are theirs to describe. */
function modelSpec(): JsonSchema {
  const schema = jsonSchema(modelSpecFileSchema);
  const parts = Object.entries(kits).map(([modality, part]) => [modality, withoutDialect(jsonSchema(part.schema))]);
  const preprocessing = { ...schema.properties.preprocessing, properties: Object.fromEntries(parts) };
  return { ...schema, properties: { ...schema.properties, preprocessing } };
}

interface JsonSchema {
  readonly properties: Readonly<Record<string, object>>;
  readonly [keyword: string]: unknown;
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as unknown as JsonSchema;
}

function withoutDialect({ $schema: _, ...schema }: JsonSchema): object {
  return schema;
}

function text(title: string, schema: JsonSchema): string {
  return `${JSON.stringify({ title, ...schema }, undefined, 2)}\n`;
}
