import { isBytesSchema, type JsonSchema } from "../contract/json-schema.ts";

/** A value within another, and the schema that it stands under. */
export interface PlacedValue {
  readonly schema: JsonSchema;
  readonly value: unknown;
  readonly path: readonly (string | number)[];
  /** What it stands in, the nearest last. */
  readonly holders: readonly unknown[];
}

/** The schema itself, or the definition that it names. @param root the schema whose `$defs` are meant */
export function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let found = schema;
  // A definition that names itself alone is refused by the check that is made of it.
  for (let steps = 0; typeof found.$ref === "string" && steps < 50; steps++) {
    const { $ref, ...beside } = found;
    const named = (root.$defs as Record<string, JsonSchema> | undefined)?.[String($ref).slice("#/$defs/".length)];
    if (named === undefined) return found;
    found = { ...named, ...beside };
  }
  return found;
}

/** Every place of a value that has a schema, from the outermost inwards, in the order of the value. */
export function* placesIn(root: JsonSchema, value: unknown): Generator<PlacedValue> {
  yield* within({ schema: root, value, path: [], holders: [] }, root);
}

function* within(place: PlacedValue, root: JsonSchema): Generator<PlacedValue> {
  const schema = chosen(resolved(place.schema, root), place.value, root);
  yield { ...place, schema };
  for (const [key, value] of itemsOf(place.value)) {
    const inner = schemaAt(schema, key);
    if (inner === undefined) continue;
    yield* within({ schema: inner, value, path: [...place.path, key], holders: [...place.holders, place.value] }, root);
  }
}

/** A copy of the value, its bytes in another form. @param convert given each value that the schema says is bytes */
export function mapBytes(
  root: JsonSchema,
  value: unknown,
  convert: (value: unknown, path: readonly (string | number)[], schema: JsonSchema) => unknown,
): unknown {
  const map = (given: JsonSchema, item: unknown, path: readonly (string | number)[]): unknown => {
    const schema = chosen(resolved(given, root), item, root);
    if (isBytesSchema(schema)) return convert(item, path, schema);
    const inside = (key: string | number, held: unknown): unknown => {
      const inner = schemaAt(schema, key);
      return inner === undefined ? held : map(inner, held, [...path, key]);
    };
    if (Array.isArray(item)) return item.map((held, i) => inside(i, held));
    if (!isPlain(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([key, held]) => [key, inside(key, held)]));
  };
  return map(root, value, []);
}

/** As `mapBytes`, where what becomes bytes must be waited for. @param read given each value that the schema says is bytes */
export async function readBytes(
  root: JsonSchema,
  value: unknown,
  read: (value: unknown, path: readonly (string | number)[]) => Promise<unknown>,
): Promise<unknown> {
  const found = new Map<string, unknown>();
  for (const { schema, value: held, path } of placesIn(root, value))
    if (isBytesSchema(schema)) found.set(JSON.stringify(path), await read(held, path));
  return mapBytes(root, value, (_, path) => found.get(JSON.stringify(path)));
}

/** Every schema within a schema, itself included, each definition once. */
export function* schemasIn(root: JsonSchema): Generator<JsonSchema> {
  const seen = new Set<JsonSchema>();
  const left: JsonSchema[] = [root];
  for (let schema = left.pop(); schema !== undefined; schema = left.pop()) {
    if (seen.has(schema)) continue;
    seen.add(schema);
    yield schema;
    const inner: unknown[] = [
      ...Object.values((schema.properties ?? {}) as object),
      ...Object.values((schema.$defs ?? {}) as object),
      ...[schema.anyOf, schema.oneOf, schema.allOf, schema.prefixItems].flatMap((list) => (list as unknown[]) ?? []),
      schema.items,
      schema.additionalProperties,
    ];
    left.push(...inner.filter(isPlain).reverse());
  }
}

function schemaAt(schema: JsonSchema, key: string | number): JsonSchema | undefined {
  if (typeof key === "number") {
    const fixed = (schema.prefixItems as readonly unknown[] | undefined)?.[key] ?? schema.items;
    return isPlain(fixed) ? fixed : undefined;
  }
  const properties = schema.properties as Readonly<Record<string, JsonSchema>> | undefined;
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key];
  return isPlain(schema.additionalProperties) ? schema.additionalProperties : undefined;
}

/** Of a choice of shapes the first that the value could have; its own keywords stay. */
function chosen(schema: JsonSchema, value: unknown, root: JsonSchema): JsonSchema {
  const choices = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined;
  if (choices === undefined) return schema;
  for (const choice of choices) {
    const candidate = chosen(resolved(choice, root), value, root);
    if (!couldBe(candidate, value, root)) continue;
    const { anyOf: _, oneOf: __, ...beside } = schema;
    return { ...beside, ...candidate };
  }
  return schema;
}

/** Whether a value has the type, the constants and the keys of a shape; what it holds is looked at for constants alone. */
function couldBe(schema: JsonSchema, value: unknown, root: JsonSchema): boolean {
  if (isBytesSchema(schema)) return value instanceof Uint8Array || typeof value === "string";
  if (schema.const !== undefined) return schema.const === value;
  if (Array.isArray(schema.enum)) return schema.enum.includes(value);
  const types = [schema.type ?? []].flat() as string[];
  if (types.length > 0 && !types.some((type) => hasType(type, value))) return false;
  if (!isPlain(value)) return true;
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = (schema.required ?? []) as readonly string[];
  if (!required.every((key) => Object.hasOwn(value, key))) return false;
  if (schema.additionalProperties === false && !Object.keys(value).every((key) => Object.hasOwn(properties, key)))
    return false;
  return Object.entries(properties).every(([key, inner]) => {
    const { const: only, enum: some } = resolved(inner, root);
    if (!Object.hasOwn(value, key) || (only === undefined && some === undefined)) return true;
    return only === undefined ? (some as unknown[]).includes(value[key]) : only === value[key];
  });
}

function hasType(type: string, value: unknown): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "null") return value === null;
  if (type === "object") return isPlain(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function itemsOf(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return value.map((item, i) => [i, item]);
  return isPlain(value) ? Object.entries(value) : [];
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
