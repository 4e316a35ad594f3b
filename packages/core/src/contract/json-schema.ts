import { z } from "zod";
import { completed } from "./completed-schema.ts";
import { ModelError } from "./model-error.ts";
import { problemsOf } from "./schema-problems.ts";
import { definition, holdsBytes, isBytesSchema, isSchema, type JsonSchema } from "./schema-shape.ts";
import { requireReadable } from "./schema-size.ts";
import { withSettledDefaults } from "./settled-defaults.ts";

export { isBytesSchema, type JsonSchema } from "./schema-shape.ts";

/**
 * The check that a JSON Schema describes. A string with `contentEncoding: base64` is bytes: a `Uint8Array` in a process, base64
 * in JSON alone. Of 2020-12 what names, limits and joins shapes is read; any other keyword is refused, since a
 * misspelt one would check nothing. Beside the standard's, keywords of ours say what a value is for, and `x-…` is free.
 * @param where whose schema it is, for messages
 * @throws ModelError `plugin_invalid` with each keyword that is wrong and where it stands
 */
export function checkOf(schema: JsonSchema, where: string): z.ZodType {
  const problems: string[] = [];
  try {
    requireReadable(schema);
    const whole = completed(schema);
    problems.push(...problemsOf(whole));
    if (problems.length === 0) {
      const { settled, wrong } = withSettledDefaults(whole, (inner, root) => new SchemaCompiler(root).compile(inner));
      if (wrong.length === 0) return new SchemaCompiler(settled).compile(settled);
      problems.push(...wrong);
    }
  } catch (cause) {
    const words = cause instanceof RangeError ? "it is nested too deeply" : String((cause as Error).message);
    throw refusal(where, [words], cause);
  }
  throw refusal(where, problems);
}

/** Shapes that hold bytes are put together here; all others are the library's. */
class SchemaCompiler {
  readonly #root: JsonSchema;
  readonly #references = new Map<string, z.ZodType>();

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  compile(schema: JsonSchema | boolean): z.ZodType {
    if (typeof schema === "boolean") return schema ? z.any() : z.never();
    if (!holdsBytes(schema, this.#root)) {
      const { $defs } = this.#root;
      return z.fromJSONSchema({ ...schema, ...($defs === undefined ? {} : { $defs }) } as z.core.JSONSchema.JSONSchema);
    }
    const check = this.#shape(schema);
    const { title, description } = schema;
    const titled = typeof title === "string" ? check.meta({ title }) : check;
    const described = typeof description === "string" ? titled.describe(description) : titled;
    return schema.default === undefined ? described : described.default(schema.default);
  }

  #shape(schema: JsonSchema): z.ZodType {
    if (isBytesSchema(schema)) return bytes(schema);
    if (typeof schema.$ref === "string") return this.#referred(schema.$ref);
    if (Array.isArray(schema.anyOf)) return z.union(schema.anyOf.map((choice) => this.compile(choice)));
    if (Array.isArray(schema.oneOf)) return z.xor(schema.oneOf.map((choice) => this.compile(choice)));
    if (schema.type === "array" && isSchema(schema.items) && schema.prefixItems === undefined) {
      const list = z.array(this.compile(schema.items)).min((schema.minItems as number | undefined) ?? 0);
      return typeof schema.maxItems === "number" ? list.max(schema.maxItems) : list;
    }
    if (schema.type === "object") return this.#object(schema);
    throw new Error("bytes can stand in properties, additionalProperties, items, anyOf and oneOf alone");
  }

  #object(schema: JsonSchema): z.ZodType {
    const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = schema as Record<string, number>;
    const names = isSchema(schema.propertyNames) ? this.compile(schema.propertyNames) : undefined;
    const check = this.#keys(schema);
    if (names === undefined && schema.minProperties === undefined && schema.maxProperties === undefined) return check;
    return check.superRefine((value, context) => {
      const keys = Object.keys(value as object);
      if (keys.length < minProperties) complain(context, `must have at least ${minProperties} keys`);
      if (keys.length > maxProperties) complain(context, `must have at most ${maxProperties} keys`);
      for (const key of keys)
        if (names?.safeParse(key).success === false) complain(context, "has a key that does not fit", key);
    });
  }

  #keys({ properties = {}, required = [], additionalProperties = true }: JsonSchema): z.ZodType {
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
}

function complain(context: z.core.$RefinementCtx, message: string, ...path: string[]): void {
  context.addIssue({ code: "custom", path, message });
}

const called: Readonly<Record<string, string>> = { image: "a picture", audio: "a recording", video: "a film" };

function bytes(schema: JsonSchema): z.ZodType {
  const what = called[schema.media as string];
  const { minLength = 1, maxLength = Number.POSITIVE_INFINITY } = schema as Record<string, number>;
  const isOfLength = ({ byteLength }: Uint8Array): boolean => byteLength >= minLength && byteLength <= maxLength;
  const limit = maxLength === Number.POSITIVE_INFINITY ? "" : `, ${maxLength} at most`;
  return z
    .custom<Uint8Array>(
      (value) => value instanceof Uint8Array && isOfLength(value),
      `must be the bytes of ${what ?? "a file"}${limit}`,
    )
    .meta(what === undefined ? {} : { media: schema.media });
}

function refusal(where: string, problems: readonly string[], cause?: unknown): ModelError {
  return new ModelError("plugin_invalid", `The schema of ${where} cannot be used: ${problems.join("; ")}.`, {
    details: { where, problems },
    cause,
  });
}
