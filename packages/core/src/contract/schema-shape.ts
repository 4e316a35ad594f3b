/** A JSON Schema (2020-12) as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** True for what crosses JSON as base64 and is bytes elsewhere. */
export function isBytesSchema(schema: JsonSchema): boolean {
  return schema.contentEncoding === "base64";
}

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const lists = ["anyOf", "oneOf", "allOf", "prefixItems"];
const maps = ["properties", "$defs"];
const singles = ["items", "additionalProperties", "propertyNames"];

/** The schemas directly within a schema, by where they stand. */
export function within(schema: JsonSchema): [string, unknown][] {
  const found: [string, unknown][] = [];
  for (const key of lists)
    if (Array.isArray(schema[key]))
      found.push(...schema[key].map((inner, i) => [`${key}/${i}`, inner] as [string, unknown]));
  for (const key of maps)
    if (isSchema(schema[key]))
      found.push(...Object.entries(schema[key]).map(([name, inner]) => [`${key}/${name}`, inner] as [string, unknown]));
  for (const key of singles) if (schema[key] !== undefined) found.push([key, schema[key]]);
  return found;
}

/** What a reference names; undefined for anything but `#/$defs/NAME` of the same schema. */
export function definition(root: JsonSchema, reference: string): JsonSchema | undefined {
  const name = /^#\/\$defs\/([^/]+)$/.exec(reference)?.[1];
  const found =
    name === undefined || !isSchema(root.$defs) || !Object.hasOwn(root.$defs, name) ? undefined : root.$defs[name];
  return isSchema(found) ? found : undefined;
}

/** Whether a value of the schema can have bytes in it. */
export function holdsBytes(schema: unknown, root: JsonSchema, seen: Set<unknown> = new Set()): boolean {
  if (!isSchema(schema) || seen.has(schema)) return false;
  seen.add(schema);
  if (isBytesSchema(schema)) return true;
  if (typeof schema.$ref === "string") return holdsBytes(definition(root, schema.$ref), root, seen);
  return within(schema).some(([place, inner]) => !place.startsWith("$defs") && holdsBytes(inner, root, seen));
}

/** A copy, each schema within it changed, the innermost first. */
export function mapped(
  schema: JsonSchema,
  path: string,
  change: (schema: JsonSchema, path: string) => JsonSchema,
): JsonSchema {
  const inside = (value: unknown, place: string): unknown => (isSchema(value) ? mapped(value, place, change) : value);
  const own: Record<string, unknown> = { ...schema };
  for (const key of maps)
    if (isSchema(own[key]))
      own[key] = Object.fromEntries(
        Object.entries(own[key]).map(([name, value]) => [name, inside(value, `${path}/${key}/${name}`)]),
      );
  for (const key of lists)
    if (Array.isArray(own[key])) own[key] = own[key].map((value, i) => inside(value, `${path}/${key}/${i}`));
  for (const key of singles) if (own[key] !== undefined) own[key] = inside(own[key], `${path}/${key}`);
  return change(own, path);
}
