import { isBytesSchema, type JsonSchema } from "../contract/json-schema.ts";
import { resolved } from "./schema-places.ts";

/**
 * What a field holds: the bytes of a file (`file` where it is of no medium), a plain value, a `box` of four numbers, or a
 * `value` of any other shape, written as JSON.
 */
export type FieldKind =
  | "image"
  | "audio"
  | "video"
  | "file"
  | "text"
  | "number"
  | "integer"
  | "boolean"
  | "choice"
  | "box"
  | "value";

/** One input of a task, described for those who draw forms, parse flags or decode requests. */
export interface TaskField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly description: string;
  /** True where the field takes a list. */
  readonly list: boolean;
  /** True where the field takes one value that is no list; with `list`, one or several. */
  readonly single: boolean;
  readonly required: boolean;
  /** The field that a command line's plain arguments fill. */
  readonly positional: boolean;
  /** What a `choice` may be, as text. */
  readonly choices: readonly string[];
  readonly default: unknown;
  readonly schema: JsonSchema;
}

/** True where the field takes the bytes of a file. */
export function holdsBytes({ kind }: Pick<TaskField, "kind">): boolean {
  return kind === "image" || kind === "audio" || kind === "video" || kind === "file";
}

/** The fields of a task's input, in order. */
export function fieldsOf(input: JsonSchema): TaskField[] {
  const required = (input.required ?? []) as readonly string[];
  return Object.entries((input.properties ?? {}) as Readonly<Record<string, JsonSchema>>).map(([name, schema]) => {
    const own = resolved(schema, input);
    const { kind, list, single, choices } = shapeOf(schema, input);
    return {
      name,
      kind,
      list,
      single,
      choices,
      description: typeof own.description === "string" ? own.description : "",
      required: required.includes(name) && own.default === undefined,
      positional: own.positional === true,
      default: own.default,
      schema: own,
    };
  });
}

type Shape = Pick<TaskField, "kind" | "list" | "single" | "choices">;

const anyValue: Shape = { kind: "value", list: false, single: true, choices: [] };

/** @param known shapes of the definitions that were named on the way here, so that each is read once */
function shapeOf(given: JsonSchema, root: JsonSchema, known: Map<unknown, Shape> = new Map()): Shape {
  const { $ref } = given;
  if ($ref === undefined) return ownShape(given, root, known);
  const found = known.get($ref);
  if (found !== undefined) return found;
  // What holds itself is JSON.
  known.set($ref, anyValue);
  const shape = ownShape(resolved(given, root), root, known);
  known.set($ref, shape);
  return shape;
}

function ownShape(schema: JsonSchema, root: JsonSchema, known: Map<unknown, Shape>): Shape {
  const one = (kind: FieldKind, choices: readonly string[] = []): Shape => ({ ...anyValue, kind, choices });
  if (isBytesSchema(schema)) return one(mediumOf(schema));
  const options = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined;
  if (options !== undefined) return unionOf(options, root, known);
  const words = schema.const === undefined ? schema.enum : [schema.const];
  if (Array.isArray(words)) return one("choice", words.map(String));
  const types = [schema.type ?? []].flat().filter((type) => type !== "null") as string[];
  if (types.length !== 1) return anyValue;
  switch (types[0]) {
    case "string":
      return one("text");
    case "integer":
      return one("integer");
    case "number":
      return one("number");
    case "boolean":
      return one("boolean");
    case "array":
      return isBox(schema, root) ? one("box") : listOf(schema, root, known);
    default:
      return anyValue;
  }
}

function listOf({ items, prefixItems }: JsonSchema, root: JsonSchema, known: Map<unknown, Shape>): Shape {
  if (prefixItems !== undefined || typeof items !== "object" || items === null)
    return { ...anyValue, list: true, single: false };
  const { kind, list, choices } = shapeOf(items as JsonSchema, root, known);
  // A list of lists is written as JSON.
  return { kind: list ? "value" : kind, list: true, single: false, choices };
}

/** One of something or a list of it is one kind; nothing (null) is no kind of its own; what else there is to choose is JSON. */
function unionOf(options: readonly JsonSchema[], root: JsonSchema, known: Map<unknown, Shape>): Shape {
  const shapes = options
    .filter((option) => resolved(option, root).type !== "null")
    .map((each) => shapeOf(each, root, known));
  const [first, second] = shapes;
  if (first === undefined) return anyValue;
  if (second === undefined) return first;
  const [one, several] = first.list ? [second, first] : [first, second];
  const isOneOrSeveral = shapes.length === 2 && !one.list && several.list && one.kind === several.kind;
  return isOneOrSeveral ? { ...one, list: true, single: true } : anyValue;
}

function isBox({ prefixItems, items, minItems, maxItems }: JsonSchema, root: JsonSchema): boolean {
  const isNumber = (item: unknown): boolean =>
    typeof item === "object" &&
    item !== null &&
    /^(number|integer)$/.test(String(resolved(item as JsonSchema, root).type));
  if (Array.isArray(prefixItems)) return prefixItems.length === 4 && prefixItems.every(isNumber) && items === false;
  return minItems === 4 && maxItems === 4 && isNumber(items);
}

function mediumOf({ media }: JsonSchema): FieldKind {
  return media === "image" || media === "audio" || media === "video" ? media : "file";
}
