import { z } from "zod";
import { isShown } from "../tasks/shown.ts";
import { isTensorKeyword } from "../tasks/tensor-keyword.ts";
import { ModelError } from "./model-error.ts";
import { nearest } from "./schema-issue.ts";

/** A JSON Schema (2020-12) as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The check that a JSON Schema describes. A string with `contentEncoding: base64` is bytes: a `Uint8Array` in a process, base64
 * in JSON alone. Of 2020-12 what names, limits and joins shapes is read; any other keyword is refused, since a
 * misspelt one would check nothing. Beside the standard's, keywords of ours say what a value is for, and `x-…` is free.
 * @param where whose schema it is, for messages
 * @throws ModelError `plugin_invalid` with each keyword that is wrong and where it stands
 */
export function checkOf(schema: JsonSchema, where: string): z.ZodType {
  const problems = [...problemsOf(schema, schema, "#")];
  if (problems.length > 0) throw refusal(where, problems);
  try {
    return new SchemaCompiler(schema).compile(schema);
  } catch (cause) {
    throw refusal(where, [cause instanceof Error ? cause.message : String(cause)], cause);
  }
}

/** True for what crosses JSON as base64 and is bytes elsewhere. */
export function isBytesSchema(schema: JsonSchema): boolean {
  return schema.contentEncoding === "base64";
}

const media = ["image", "audio", "video", "text"] as const;
const types = ["object", "array", "string", "number", "integer", "boolean", "null"];

type Rule = (value: unknown) => boolean;
const isText: Rule = (value) => typeof value === "string";
const isCount: Rule = (value) => Number.isInteger(value) && (value as number) >= 0;
const isNumber: Rule = (value) => typeof value === "number" && Number.isFinite(value);
const isSwitch: Rule = (value) => typeof value === "boolean";
const isList: Rule = (value) => Array.isArray(value) && value.length > 0;
const isRecord = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const anything: Rule = () => true;

/** What each keyword may hold; schemas within schemas are walked besides. */
const keywords: Readonly<Record<string, Rule>> = {
  $schema: isText,
  $id: isText,
  $comment: isText,
  $defs: isRecord,
  $ref: isText,
  title: isText,
  description: isText,
  default: anything,
  examples: Array.isArray,
  deprecated: isSwitch,
  type: (value) => [value].flat().every((type) => types.includes(type as string)),
  enum: isList,
  const: anything,
  anyOf: isList,
  oneOf: isList,
  allOf: isList,
  properties: isRecord,
  required: (value) => Array.isArray(value) && value.every(isText),
  additionalProperties: (value) => isSwitch(value) || isRecord(value),
  propertyNames: isRecord,
  minProperties: isCount,
  maxProperties: isCount,
  items: (value) => isSwitch(value) || isRecord(value),
  prefixItems: isList,
  minItems: isCount,
  maxItems: isCount,
  uniqueItems: isSwitch,
  minLength: isCount,
  maxLength: isCount,
  pattern: isPattern,
  format: isText,
  minimum: isNumber,
  maximum: isNumber,
  exclusiveMinimum: isNumber,
  exclusiveMaximum: isNumber,
  multipleOf: (value) => isNumber(value) && (value as number) > 0,
  contentEncoding: (value) => value === "base64",
  contentMediaType: isText,
  media: (value) => media.includes(value as (typeof media)[number]),
  positional: isSwitch,
  shown: isShown,
  tensor: isTensorKeyword,
};

const lists = ["anyOf", "oneOf", "allOf", "prefixItems"];
const maps = ["properties", "$defs"];
const singles = ["items", "additionalProperties", "propertyNames"];

function isPattern(value: unknown): boolean {
  try {
    new RegExp(value as string);
    return typeof value === "string";
  } catch {
    return false;
  }
}

function* problemsOf(schema: unknown, root: JsonSchema, path: string): Generator<string> {
  if (!isRecord(schema)) return yield `${path} is no schema: it must be an object`;
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword.startsWith("x-")) continue;
    if (!Object.hasOwn(keywords, keyword)) {
      const near = nearest(keyword, Object.keys(keywords));
      yield `${path} has the keyword "${keyword}", which is unknown${near === undefined ? "" : ` (did you mean "${near}"?)`}`;
    } else if (keywords[keyword]?.(value) === false) {
      yield `${path}/${keyword} cannot be ${JSON.stringify(value)}`;
    }
  }
  for (const name of namesWithoutProperty(schema)) {
    const near = nearest(name, Object.keys(schema.properties as JsonSchema));
    yield `${path}/required names "${name}", which properties does not have${near === undefined ? "" : ` (did you mean "${near}"?)`}`;
  }
  if (typeof schema.$ref === "string" && definition(root, schema.$ref) === undefined)
    yield `${path}/$ref is "${schema.$ref}"; only "#/$defs/NAME" of the same schema can be named`;
  for (const [name, inner] of within(schema))
    if (typeof inner !== "boolean") yield* problemsOf(inner, root, `${path}/${name}`);
}

function namesWithoutProperty({ required, properties }: JsonSchema): string[] {
  if (!Array.isArray(required) || !isRecord(properties)) return [];
  return required.filter((name): name is string => typeof name === "string" && !Object.hasOwn(properties, name));
}

/** The schemas directly within a schema, by where they stand. */
function within(schema: JsonSchema): [string, unknown][] {
  const found: [string, unknown][] = [];
  for (const key of lists)
    if (Array.isArray(schema[key]))
      found.push(...schema[key].map((inner, i) => [`${key}/${i}`, inner] as [string, unknown]));
  for (const key of maps)
    if (isRecord(schema[key]))
      found.push(...Object.entries(schema[key]).map(([name, inner]) => [`${key}/${name}`, inner] as [string, unknown]));
  for (const key of singles) if (schema[key] !== undefined) found.push([key, schema[key]]);
  return found;
}

function definition(root: JsonSchema, reference: string): JsonSchema | undefined {
  const name = /^#\/\$defs\/([^/]+)$/.exec(reference)?.[1];
  const found =
    name === undefined || !isRecord(root.$defs) || !Object.hasOwn(root.$defs, name) ? undefined : root.$defs[name];
  return isRecord(found) ? found : undefined;
}

/** Shapes that hold bytes are put together here; all others are the library's. */
class SchemaCompiler {
  readonly #root: JsonSchema;
  readonly #references = new Map<string, z.ZodType>();

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  compile(schema: JsonSchema): z.ZodType {
    if (!this.#holdsBytes(schema, new Set())) {
      const { $defs } = this.#root;
      return z.fromJSONSchema({ ...schema, ...($defs === undefined ? {} : { $defs }) } as z.core.JSONSchema.JSONSchema);
    }
    const check = this.#shape(schema);
    const described = typeof schema.description === "string" ? check.describe(schema.description) : check;
    return schema.default === undefined ? described : described.default(schema.default);
  }

  #shape(schema: JsonSchema): z.ZodType {
    if (isBytesSchema(schema)) return bytes(schema);
    if (typeof schema.$ref === "string") return this.#referred(schema.$ref);
    const choices = schema.anyOf ?? schema.oneOf;
    if (Array.isArray(choices)) return z.union(choices.map((choice) => this.compile(choice)));
    if (schema.type === "array" && isRecord(schema.items) && schema.prefixItems === undefined) {
      const list = z.array(this.compile(schema.items)).min((schema.minItems as number | undefined) ?? 0);
      return typeof schema.maxItems === "number" ? list.max(schema.maxItems) : list;
    }
    if (schema.type === "object") return this.#object(schema);
    throw new Error("bytes can stand in properties, additionalProperties, items, anyOf and oneOf alone");
  }

  #object({ properties = {}, required = [], additionalProperties = true }: JsonSchema): z.ZodType {
    const needed = new Set(required as string[]);
    const shape: Record<string, z.ZodType> = {};
    for (const [name, inner] of Object.entries(properties as Record<string, JsonSchema>)) {
      const check = this.compile(inner);
      shape[name] = needed.has(name) ? check : check.optional();
    }
    if (additionalProperties === false) return z.strictObject(shape);
    if (additionalProperties === true) return z.looseObject(shape);
    return z.object(shape).catchall(this.compile(additionalProperties as JsonSchema));
  }

  /** Read when it is first needed, since a definition may hold itself. */
  #referred(reference: string): z.ZodType {
    const known = this.#references.get(reference);
    if (known !== undefined) return known;
    const lazy = z.lazy(() => this.compile(definition(this.#root, reference) as JsonSchema));
    this.#references.set(reference, lazy);
    return lazy;
  }

  #holdsBytes(schema: unknown, seen: Set<unknown>): boolean {
    if (!isRecord(schema) || seen.has(schema)) return false;
    seen.add(schema);
    if (isBytesSchema(schema)) return true;
    if (typeof schema.$ref === "string") return this.#holdsBytes(definition(this.#root, schema.$ref), seen);
    return within(schema).some(([place, inner]) => !place.startsWith("$defs") && this.#holdsBytes(inner, seen));
  }
}

const called: Readonly<Record<string, string>> = { image: "a picture", audio: "a recording", video: "a film" };

function bytes(schema: JsonSchema): z.ZodType {
  const what = called[schema.media as string];
  return z
    .custom<Uint8Array>(
      (value) => value instanceof Uint8Array && value.byteLength >= ((schema.minLength as number | undefined) ?? 1),
      `must be the bytes of ${what ?? "a file"}`,
    )
    .meta(what === undefined ? {} : { media: schema.media });
}

function refusal(where: string, problems: readonly string[], cause?: unknown): ModelError {
  return new ModelError("plugin_invalid", `The schema of ${where} cannot be used: ${problems.join("; ")}.`, {
    details: { where, problems },
    cause,
  });
}
