import { isSchema, type JsonSchema, mapped } from "./schema-shape.ts";

/**
 * The schema with what it leaves to be understood, so that nothing in it is passed over: what is joined to a type is of that type, names
 * of properties are texts, a list without `items` is one of anything, and what is required is a property.
 */
export function completed(schema: JsonSchema): JsonSchema {
  return mapped(mapped(schema, "#", withTypes), "#", withPlaces);
}

const joins = ["anyOf", "oneOf", "allOf"];
const ofItself = ["type", "$ref", "enum", "const", "contentEncoding", ...joins];

function withTypes(schema: JsonSchema): JsonSchema {
  const typed = (inner: unknown, type: unknown): unknown =>
    !isSchema(inner) || ofItself.some((word) => inner[word] !== undefined) || Object.keys(inner).length === 0
      ? inner
      : { type, ...inner };
  const own: Record<string, unknown> = { ...schema };
  if (own.propertyNames !== undefined) own.propertyNames = typed(own.propertyNames, "string");
  if (own.type === undefined) return own;
  for (const join of joins) if (Array.isArray(own[join])) own[join] = own[join].map((inner) => typed(inner, own.type));
  return own;
}

function withPlaces(schema: JsonSchema): JsonSchema {
  const { items, prefixItems, properties, required, additionalProperties = true } = schema;
  const types = [schema.type].flat();
  const own: Record<string, unknown> = { ...schema };
  if (types.includes("array") && items === undefined && prefixItems === undefined) own.items = true;
  // Beside properties, a name that is none of them is misspelt.
  if (types.includes("object") && properties === undefined && Array.isArray(required) && additionalProperties !== false)
    own.properties = Object.fromEntries(required.map((name) => [String(name), additionalProperties]));
  return own;
}
