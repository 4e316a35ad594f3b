import { isBytesSchema, type JsonSchema } from "../contract/json-schema.ts";
import { type Made, madePicture, madeRecording, madeText } from "./made-media.ts";
import type { RegisteredTask } from "./registered-task.ts";
import { resolved } from "./schema-places.ts";

/**
 * A question of the task, made from its schema: what must be there, and nothing else.
 * @param made one item each for the field that plain arguments fill, where it takes a list
 * @returns undefined where the schema asks for what cannot be made up: a film, a text of a pattern; give `examples` there
 */
export function madeQuestion(
  task: RegisteredTask,
  made: readonly [Made, ...Made[]],
): Readonly<Record<string, unknown>> | undefined {
  const { input } = task.document;
  const { positional } = task;
  const question: Record<string, unknown> = {};
  for (const field of task.fields) {
    const isItems = field === positional && field.list && (!field.single || made.length > 1);
    if (!field.required && field !== positional) continue;
    const item = isItems ? itemOf(field.schema, input) : field.schema;
    const values = (isItems ? made : [made[0]]).map((which) => madeValue(item, { which, root: input, depth: 0 }));
    if (values.includes(undefined)) return undefined;
    question[field.name] = isItems ? values : values[0];
  }
  return task.input.safeParse(question).success ? question : undefined;
}

interface Making {
  readonly which: Made;
  readonly root: JsonSchema;
  readonly depth: number;
}

const deepest = 10;

/** A value of a schema; undefined for what cannot be made up. */
function madeValue(given: JsonSchema, making: Making): unknown {
  const schema = resolved(given, making.root);
  const { which } = making;
  const pick = <T>(list: readonly T[]): T | undefined => (which === "first" ? list[0] : list.at(-1));
  if (Array.isArray(schema.examples) && schema.examples.length > 0) return pick(schema.examples);
  if (isBytesSchema(schema)) return madeBytes(schema, which);
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return pick(schema.enum);
  const [choice] = (schema.anyOf ?? schema.oneOf ?? []) as readonly JsonSchema[];
  if (choice !== undefined) return madeValue(choice, making);
  if (making.depth > deepest) return undefined;
  const inner = { ...making, depth: making.depth + 1 };
  switch ([schema.type ?? "string"].flat()[0]) {
    case "object":
      return madeObject(schema, inner);
    case "array":
      return madeList(schema, inner);
    case "integer":
    case "number":
      return madeNumber(schema, which);
    case "boolean":
      return which === "first";
    case "null":
      return null;
    default:
      return schema.pattern === undefined
        ? madeText(which).slice(0, (schema.maxLength as number | undefined) ?? 100)
        : undefined;
  }
}

function madeBytes({ media }: JsonSchema, which: Made): Uint8Array | undefined {
  if (media === "image") return madePicture(which);
  if (media === "audio") return madeRecording(which);
  return media === "video" ? undefined : new TextEncoder().encode(madeText(which));
}

function madeObject({ properties = {}, required = [] }: JsonSchema, making: Making): unknown {
  const entries = (required as readonly string[]).map((key) => {
    const schema = (properties as Readonly<Record<string, JsonSchema>>)[key];
    return [key, schema === undefined ? undefined : madeValue(schema, making)] as const;
  });
  return entries.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(entries);
}

function madeList(schema: JsonSchema, making: Making): unknown {
  const { prefixItems, minItems = 1 } = schema;
  const schemas = Array.isArray(prefixItems)
    ? (prefixItems as readonly JsonSchema[])
    : Array.from({ length: Math.max(1, minItems as number) }, () => itemOf(schema, making.root));
  const values = schemas.map((item, i) => {
    const value = madeValue(item, making);
    // Numbers that stand together, as edges do, rise.
    return typeof value === "number" ? value + 10 * i : value;
  });
  return values.includes(undefined) ? undefined : values;
}

function itemOf(given: JsonSchema, root: JsonSchema): JsonSchema {
  const schema = resolved(given, root);
  const { items, anyOf, oneOf } = schema;
  if (typeof items === "object" && items !== null) return items as JsonSchema;
  // One or several: either has the schema of an item.
  const [first] = (anyOf ?? oneOf ?? []) as readonly JsonSchema[];
  if (first === undefined) return {};
  const { items: held } = resolved(first, root);
  return typeof held === "object" && held !== null ? (held as JsonSchema) : first;
}

function madeNumber({ type, minimum, exclusiveMinimum, maximum }: JsonSchema, which: Made): number {
  const least = Math.max(0, Number(minimum ?? 0), Number(exclusiveMinimum ?? -1) + (type === "integer" ? 1 : 0.5));
  const value = which === "first" ? least : least + 1;
  return maximum === undefined ? value : Math.min(value, Number(maximum));
}
