import { z } from "zod";
import { canonicalJson } from "../contract/canonical-json.ts";
import { checkOf, type JsonSchema } from "../contract/json-schema.ts";
import { ModelError } from "../contract/model-error.ts";
import { describeIssues, plainWords } from "../contract/schema-issue.ts";
import type { Task } from "./task.ts";

/** A task as data: the YAML or JSON file in a plugin's folder of tasks. */
export interface TaskDocument {
  readonly name: string;
  readonly summary: string;
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  /** What can be known of the answer before it is whole. */
  readonly part?: JsonSchema | undefined;
}

/** Words joined by "-", a verb first: `classify-text`. */
export const taskNameSchema: z.ZodType<string> = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, "must be lower-case words joined by -");

const schema: z.ZodType<JsonSchema> = z
  .record(z.string(), z.unknown())
  .meta({ description: "A JSON Schema of an object" });

export const taskDocumentSchema: z.ZodType<TaskDocument> = z.strictObject({
  name: taskNameSchema,
  summary: z.string().min(1).max(500),
  input: schema,
  output: schema,
  part: schema.optional(),
});

/**
 * The document that a value is, its schemas checked.
 * @param where the file it came from, for messages
 * @throws `plugin_invalid` naming each key and keyword that is wrong, with the nearest right one
 */
export function parseTaskDocument(value: unknown, where: string): TaskDocument {
  const { $schema: _, ...own } = isRecord(value) ? value : { $schema: undefined, value };
  const result = taskDocumentSchema.safeParse(isRecord(value) ? own : value, { error: plainWords });
  if (!result.success) throw invalid(where, describeIssues(taskDocumentSchema, result.error));
  const { part, ...document } = result.data;
  const { name, input, output } = document;
  const problems = (["input", "output"] as const)
    .filter((key) => document[key].type !== "object")
    .map((key) => `"${key}" must be of type object: its properties are the fields`);
  const positional = Object.entries((input.properties ?? {}) as Record<string, JsonSchema>)
    .filter(([, field]) => field.positional === true)
    .map(([field]) => field);
  if (positional.length > 1) problems.push(`one field may be positional, not ${positional.join(" and ")}`);
  problems.push(...namesThatClash(Object.keys((input.properties ?? {}) as object)));
  if (problems.length > 0) throw invalid(where, problems);
  checkOf(input, `${where}, input of ${name}`);
  checkOf(output, `${where}, output of ${name}`);
  if (part === undefined) return document;
  checkOf(part, `${where}, part of ${name}`);
  return { ...document, part };
}

/** Fields that a form or a command line could not tell apart. */
function namesThatClash(names: readonly string[]): string[] {
  const byFlag = new Map<string, string>();
  return names.flatMap((name) => {
    if (name === "model") return ['no field can be called "model": in a form, that says which model is asked'];
    const flag = name.replaceAll(/[_-]+(.)/g, (_, letter: string) => letter.toUpperCase());
    const other = byFlag.get(flag);
    byFlag.set(flag, name);
    return other === undefined ? [] : [`the fields "${other}" and "${name}" would be one flag: rename one`];
  });
}

/**
 * The data of a task that is written in zod: what a plugin puts into its folder of tasks. What a refinement checks is not in it.
 * @throws `plugin_invalid` for what JSON Schema cannot say: dates, transforms, maps and the like
 */
export function taskDocument<Input, Output, Part>(task: Task<string, Input, Output, Part>): TaskDocument {
  return {
    name: task.name,
    summary: task.summary,
    input: jsonSchemaOf(task.name, "input", task.input),
    output: jsonSchemaOf(task.name, "output", task.output),
    ...(task.part === undefined ? {} : { part: jsonSchemaOf(task.name, "part", task.part) }),
  };
}

/** True for two documents that say the same, whatever the order of their keys. */
export function areAlikeDocuments(one: TaskDocument, other: TaskDocument): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

function jsonSchemaOf(name: string, key: "input" | "output" | "part", check: z.ZodType): JsonSchema {
  const problems: string[] = [];
  const { $schema: _, ...json } = z.toJSONSchema(check, {
    io: key === "input" ? "input" : "output",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema, path }) => {
      const remedy = unsayable(zodSchema._zod.def);
      if (remedy !== undefined)
        problems.push(`"${[key, ...path].filter((step) => step !== "properties").join(".")}" ${remedy}`);
      // The library says of each whole number that it is a safe one.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  if (problems.length > 0) throw invalid(`The task ${name}`, problems);
  return json;
}

/** What to do about a type that JSON Schema has no words for; undefined for all others. */
function unsayable(def: z.core.$ZodTypeDef): string | undefined {
  const {
    type,
    in: from,
    out: to,
  } = def as { readonly type: string; readonly in?: z.ZodType; readonly out?: z.ZodType };
  const isTransform = [from, to].some((side) => side?._zod.def.type === "transform") || "transform" in def;
  if (isTransform || type === "transform")
    return "is a transform, which data cannot say: take the value as it is sent, and convert it in the task's method";
  const instead = inJson[type];
  return instead === undefined ? undefined : `is a ${type}, which JSON does not have: take ${instead}`;
}

const inJson: Readonly<Record<string, string>> = {
  date: "z.iso.datetime() or z.iso.date(), which are texts",
  bigint: "z.int(), or a text",
  map: "z.record(z.string(), …)",
  set: "z.array(…)",
  symbol: "z.enum([…])",
  undefined: "a field that is optional",
  function: "a value",
  promise: "its value",
  nan: "z.number()",
  file: "imageBytes(), audioBytes() or videoBytes()",
};

function invalid(where: string, problems: readonly string[]): ModelError {
  return new ModelError("plugin_invalid", `${where} is not a valid task: ${problems.join("; ")}.`, {
    details: { file: where, problems },
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
