import { nearest } from "./schema-issue.ts";
import { formats, keywords, typesOfLimit } from "./schema-keywords.ts";
import { definition, holdsBytes, isBytesSchema, isSchema, type JsonSchema, within } from "./schema-shape.ts";

/** What of a schema is wrong, or would check nothing, each with where it stands. */
export function problemsOf(root: JsonSchema): string[] {
  return [...problemsAt(root, root, "#")];
}

function* problemsAt(schema: unknown, root: JsonSchema, path: string): Generator<string> {
  if (!isSchema(schema)) return yield `${path} is no schema: it must be an object`;
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword.startsWith("x-")) continue;
    if (!Object.hasOwn(keywords, keyword)) {
      const near = nearest(keyword, Object.keys(keywords));
      yield `${path} has the keyword "${keyword}", which is unknown${near === undefined ? "" : ` (did you mean "${near}"?)`}`;
    } else if (keywords[keyword]?.(value) === false) {
      yield `${path}/${keyword} cannot be ${JSON.stringify(value)}`;
    }
  }
  yield* namesThatFail(schema, path);
  yield* whatChecksNothing(schema, root, path);
  if (typeof schema.$ref === "string" && definition(root, schema.$ref) === undefined)
    yield `${path}/$ref is "${schema.$ref}"; only "#/$defs/NAME" of the same schema can be named`;
  for (const [name, inner] of within(schema)) {
    if (/^\$defs\//.test(name) && isSchema(inner) && isOnlyItself(inner, inner, root))
      yield `${path}/${name} names itself before it says what a value is: name it within a list or a property`;
    if (typeof inner !== "boolean") yield* problemsAt(inner, root, `${path}/${name}`);
  }
}

function* namesThatFail(schema: JsonSchema, path: string): Generator<string> {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  for (const map of ["properties", "$defs"])
    for (const name of isSchema(schema[map]) ? Object.keys(schema[map]) : [])
      if (name in {})
        yield `${path}/${map} cannot have "${name}", a name that every object of JavaScript has. Rename it`;
  for (const name of Array.isArray(schema.required) ? schema.required : []) {
    if (typeof name !== "string" || Object.hasOwn(properties, name)) continue;
    const near = nearest(name, Object.keys(properties));
    yield `${path}/required names "${name}", which properties does not have${near === undefined ? "" : ` (did you mean "${near}"?)`}`;
  }
}

/** Words about a value, which may stand beside anything. */
const remarks = new Set([
  ...["$schema", "$id", "$comment", "$defs", "title", "description", "default", "examples", "deprecated"],
  ...["contentMediaType", "media", "positional", "shown", "tensor"],
]);

const besideBytes = new Set(["type", "contentEncoding", "minLength", "maxLength"]);
/** What is looked at in shapes that hold bytes. */
const besideHeldBytes: readonly (readonly [leading: string, beside: ReadonlySet<string>])[] = [
  ["anyOf", new Set(["anyOf"])],
  ["oneOf", new Set(["oneOf"])],
  ["items", new Set(["type", "items", "minItems", "maxItems"])],
  [
    "",
    new Set([
      "type",
      "properties",
      "required",
      "additionalProperties",
      "propertyNames",
      "minProperties",
      "maxProperties",
    ]),
  ],
];

/** Keywords that the check would pass over, so that who wrote them would be sure of what nobody looks at. */
function* whatChecksNothing(schema: JsonSchema, root: JsonSchema, path: string): Generator<string> {
  const words = Object.keys(schema).filter(
    (word) => Object.hasOwn(keywords, word) && !remarks.has(word) && schema[word] !== undefined,
  );
  const besides = (of: string, known: ReadonlySet<string>): string[] =>
    words.filter((word) => !known.has(word)).map((word) => `${path}/${word} is not looked at ${of}`);
  if (typeof schema.$ref === "string")
    return yield* besides("beside $ref: put it into the definition", new Set(["$ref"]));
  if (isBytesSchema(schema)) {
    if (schema.type !== undefined && schema.type !== "string")
      yield `${path}/type must be "string" for bytes; what may be null is anyOf: [{ the bytes }, { type: "null" }]`;
    return yield* besides("of bytes", besideBytes);
  }
  if (typeof schema.media === "string" && schema.media !== "text")
    yield `${path}/media is "${schema.media}", which bytes alone can be: add contentEncoding: base64`;
  const choosing = ["enum", "const"].find((word) => schema[word] !== undefined);
  if (choosing !== undefined) {
    yield* besides(`beside ${choosing}`, new Set(["type", choosing]));
    for (const value of choosing === "enum" ? [schema.enum].flat() : [schema.const])
      if (schema.type !== undefined && ![schema.type].flat().some((type) => isOfType(type, value)))
        yield `${path}/${choosing} has ${JSON.stringify(value)}, which is not of the type beside it`;
    return;
  }
  if (holdsBytes(schema, root)) {
    const [, known] = besideHeldBytes.find(([leading]) => schema[leading] !== undefined) ?? besideHeldBytes[3] ?? [];
    if (schema.prefixItems === undefined && (schema.allOf === undefined || schema.type === "object"))
      yield* besides("in a shape that holds bytes", known ?? new Set());
  }
  yield* limitsOfOtherTypes(schema, words, path);
  if (typeof schema.format === "string" && schema.pattern === undefined && !formats.includes(schema.format)) {
    const near = nearest(schema.format, formats);
    yield `${path}/format is "${schema.format}", which nobody checks${near === undefined ? `; known are ${formats.join(", ")}` : ` (did you mean "${near}"?)`}`;
  }
  if (typeof schema.pattern === "string" && repeatsRepetition.test(schema.pattern))
    yield `${path}/pattern repeats what is repeated already, which can take for ever: write (a+)+ as a+`;
}

/** A group that holds one repeated letter or class and is itself repeated: `(a+)+`. */
const repeatsRepetition = /\((?:\?:)?(?:\[(?:[^\]\\]|\\.)+\]|\\.|[^\\()[\]])[*+]\)(?:[*+]|\{\d+,)/;

function* limitsOfOtherTypes(schema: JsonSchema, words: readonly string[], path: string): Generator<string> {
  const types = [schema.type ?? []].flat() as string[];
  for (const word of words) {
    const wanted = typesOfLimit.get(word);
    if (wanted === undefined || wanted.some((type) => types.includes(type))) continue;
    yield `${path}/${word} checks nothing without a type: add type: ${wanted.join(" or ")}`;
  }
  if (types.length > 0) return;
  const joins = words.filter((word) => ["anyOf", "oneOf", "allOf"].includes(word));
  if (joins.length > 1) yield `${path} has ${joins.join(" and ")}: without a type one alone is looked at. Add type`;
}

function isOfType(type: unknown, value: unknown): boolean {
  if (type === "integer") return Number.isInteger(value);
  return type === "null" ? value === null : typeof value === type;
}

/** Whether a definition comes back to itself without a step into a value: `a: { $ref: a }`, `a: { anyOf: [a, …] }`. */
function isOnlyItself(schema: unknown, sought: JsonSchema, root: JsonSchema, seen: Set<unknown> = new Set()): boolean {
  if (!isSchema(schema)) return false;
  const next = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((list) => (Array.isArray(list) ? list : []));
  if (typeof schema.$ref === "string") next.push(definition(root, schema.$ref));
  return next.some((inner: unknown) => {
    if (inner === sought) return true;
    if (seen.has(inner)) return false;
    seen.add(inner);
    return isOnlyItself(inner, sought, root, seen);
  });
}
