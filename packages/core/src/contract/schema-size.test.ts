import { expect, test } from "vitest";
import { checkOf, type JsonSchema } from "./json-schema.ts";

const leaves = { text: { type: "string" }, bytes: { type: "string", contentEncoding: "base64" } };

/** Definitions that each hold the one before twice: `levels` of them. */
function doubled(leaf: JsonSchema, levels: number, hold: (inner: JsonSchema) => JsonSchema): JsonSchema {
  const $defs: Record<string, JsonSchema> = { d0: leaf };
  for (let i = 1; i <= levels; i++) $defs[`d${i}`] = hold({ $ref: `#/$defs/d${i - 1}` });
  return { $ref: `#/$defs/d${levels}`, $defs };
}

const choice = (inner: JsonSchema): JsonSchema => ({ anyOf: [inner, inner] });
const word = (inner: JsonSchema, op: string): JsonSchema => ({
  type: "object",
  properties: { of: inner, op: { const: op } },
});

test.each<[string, (inner: JsonSchema) => JsonSchema]>([
  ["anyOf", choice],
  ["oneOf", (inner) => ({ oneOf: [inner, inner] })],
  ["allOf", (inner) => ({ allOf: [inner, inner] })],
  ["a choice of objects", (inner) => ({ anyOf: [word(inner, "and"), word(inner, "or")] })],
])("definitions that hold the next one twice in %s are refused where they become too many", (_, hold) => {
  expect(() => checkOf(doubled(leaves.text, 20, hold), "x")).toThrow(
    expect.objectContaining({
      code: "plugin_invalid",
      message: expect.stringMatching(
        /#\/\$defs\/d13 holds one value against up to \d+ shapes, .*; at most 10000 are tried/,
      ),
    }),
  );
});

test.each(Object.entries(leaves))(
  "a choice of %s that is written within itself 20 times over is refused at once",
  (_, leaf) => {
    let schema: JsonSchema = leaf;
    for (let level = 0; level < 20; level++) schema = choice(schema);
    expect(() => checkOf(schema, "x")).toThrow("it has 2097151 shapes when it is written out; at most 20000 are read");
  },
);

test("an object that holds itself is refused", () => {
  const properties: Record<string, JsonSchema> = {};
  const schema = { type: "object", properties };
  properties.self = schema;
  expect(() => checkOf(schema, "x")).toThrow("endlessly many shapes when it is written out");
});

test("what stands side by side is no choice, however often it is named", () => {
  const both = doubled(leaves.text, 30, (inner) => ({ type: "object", properties: { left: inner, right: inner } }));
  expect(checkOf(both, "x").safeParse({ left: { right: {} } }).success).toBe(true);
});

test("a grammar that names itself is checked in a time that grows as the value does", () => {
  const expression = { $ref: "#/$defs/expression" };
  const $defs = {
    expression: { anyOf: [leaves.text, ...["and", "or", "not"].map((op) => word(expression, op))] },
  };
  const check = checkOf({ ...expression, $defs }, "x");
  let right: unknown = "x";
  let wrong: unknown = 7;
  for (let level = 0; level < 60; level++)
    [right, wrong] = [
      { op: "not", of: right },
      { op: "not", of: wrong },
    ];
  expect(check.safeParse(right).success).toBe(true);
  expect(check.safeParse(wrong).success).toBe(false);
});
