import { isShown } from "../tasks/shown.ts";
import { isTensorKeyword } from "../tasks/tensor-keyword.ts";
import { isSchema } from "./schema-shape.ts";

type Rule = (value: unknown) => boolean;

const media = ["image", "audio", "video", "text"] as const;
const types = ["object", "array", "string", "number", "integer", "boolean", "null"];

/** Those that are looked at; any other would check nothing. */
export const formats: readonly string[] = [
  ...["email", "uri", "uri-reference", "uuid", "guid", "date-time", "date", "time", "duration", "hostname"],
  ...["ipv4", "ipv6", "mac", "cidr", "cidr-v6", "base64", "base64url", "e164", "jwt"],
  ...["credit_card", "iban", "emoji", "nanoid", "cuid", "cuid2", "ulid", "xid", "ksuid"],
];

const isText: Rule = (value) => typeof value === "string";
const isCount: Rule = (value) => Number.isInteger(value) && (value as number) >= 0;
const isNumber: Rule = (value) => typeof value === "number" && Number.isFinite(value);
const isSwitch: Rule = (value) => typeof value === "boolean";
const isList: Rule = (value) => Array.isArray(value) && value.length > 0;
const isPlain: Rule = (value) => value === null || typeof value !== "object";
const anything: Rule = () => true;

/** What each keyword may hold; schemas within schemas are walked besides. */
export const keywords: Readonly<Record<string, Rule>> = {
  $schema: isText,
  $id: isText,
  $comment: isText,
  $defs: isSchema,
  $ref: isText,
  title: isText,
  description: isText,
  default: anything,
  examples: Array.isArray,
  deprecated: isSwitch,
  type: (value) => isList([value].flat()) && [value].flat().every((type) => types.includes(type as string)),
  enum: (value) => Array.isArray(value) && value.length > 0 && value.every(isPlain),
  const: isPlain,
  anyOf: isList,
  oneOf: isList,
  allOf: isList,
  properties: isSchema,
  required: (value) => Array.isArray(value) && value.every(isText),
  additionalProperties: (value) => isSwitch(value) || isSchema(value),
  propertyNames: isSchema,
  minProperties: isCount,
  maxProperties: isCount,
  items: (value) => isSwitch(value) || isSchema(value),
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

const typesByKeywords: readonly (readonly [types: readonly string[], keywords: readonly string[]])[] = [
  [["object"], ["properties", "required", "additionalProperties", "propertyNames", "minProperties", "maxProperties"]],
  [["array"], ["items", "prefixItems", "minItems", "maxItems", "uniqueItems"]],
  [["string"], ["minLength", "maxLength", "pattern", "format", "contentEncoding"]],
  [
    ["number", "integer"],
    ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  ],
];

/** The types of which each limit speaks. */
export const typesOfLimit: ReadonlyMap<string, readonly string[]> = new Map(
  typesByKeywords.flatMap(([of, words]) => words.map((word) => [word, of] as const)),
);

function isPattern(value: unknown): boolean {
  try {
    new RegExp(value as string);
    return typeof value === "string";
  } catch {
    return false;
  }
}
