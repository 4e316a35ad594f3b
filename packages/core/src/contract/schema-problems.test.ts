import { expect, test } from "vitest";
import { checkOf, type JsonSchema } from "./json-schema.ts";

const bytes = { type: "string", contentEncoding: "base64" };
const text = { type: "string" };
const a = { $ref: "#/$defs/a" };

test.each<[string, JsonSchema, string]>([
  ["a limit without a type", { minimum: 3 }, "#/minimum checks nothing without a type: add type: number or integer"],
  ["a limit of another type", { ...text, minimum: 3 }, "#/minimum checks nothing"],
  ["properties without a type", { properties: { n: text }, required: ["n"] }, "add type: object"],
  ["no type at all", { type: [] }, "#/type cannot be []"],
  ["a limit beside a reference", { $ref: "#/$defs/a", maxItems: 1, $defs: { a: text } }, "#/maxItems is not looked at"],
  ["a limit beside constants", { enum: ["x"], maxLength: 3 }, "#/maxLength is not looked at beside enum"],
  ["a constant of another type", { ...text, enum: [1, "a"] }, "#/enum has 1, which is not of the type beside it"],
  ["a constant that no value equals", { const: { n: 1 } }, "#/const cannot be"],
  ["two choices without a type", { anyOf: [text], oneOf: [text] }, "without a type one alone is looked at"],
  ["a format that nobody checks", { ...text, format: "dat-time" }, 'did you mean "date-time"?'],
  ["a picture that is no bytes", { ...text, media: "image" }, '#/media is "image", which bytes alone can be'],
  ["a pattern of bytes", { ...bytes, pattern: "a" }, "#/pattern is not looked at of bytes"],
  [
    "bytes that are null",
    { type: ["string", "null"], contentEncoding: "base64" },
    'anyOf: [{ the bytes }, { type: "null" }]',
  ],
  [
    "a list of bytes without doubles",
    { type: "array", items: bytes, uniqueItems: true },
    "#/uniqueItems is not looked at",
  ],
  [
    "allOf beside bytes",
    { type: "object", properties: { b: bytes }, allOf: [{ type: "object" }] },
    "#/allOf is not looked at",
  ],
  [
    "a choice beside bytes",
    { type: "object", properties: { b: bytes }, anyOf: [{ type: "object" }] },
    "#/properties is not looked at",
  ],
  ["a default that breaks its schema", { type: "integer", default: "x" }, 'must be a number, not "x"'],
  [
    "a default deep inside",
    { type: "object", properties: { n: { ...text, default: 1 } } },
    "#/properties/n/default breaks",
  ],
  ["a name of every object", JSON.parse('{"type":"object","properties":{"__proto__":{}}}'), 'cannot have "__proto__"'],
  ["a definition that is itself", { ...a, $defs: { a } }, "#/$defs/a names itself before"],
  [
    "a definition that another is",
    { ...a, $defs: { a: { $ref: "#/$defs/b" }, b: a } },
    "#/$defs/b names itself before",
  ],
  ["a choice of itself", { ...a, $defs: { a: { anyOf: [a, text] } } }, "#/$defs/a names itself before"],
  ["a union of itself", { ...a, $defs: { a: { allOf: [a] } } }, "#/$defs/a names itself before"],
  ["a pattern that repeats repetition", { ...text, pattern: "^([a-z]+)*$" }, "can take for ever"],
])("%s is refused by name, since it would check nothing", (_, schema, message) => {
  expect(() => checkOf(schema, "tasks/x.yaml input")).toThrow(
    expect.objectContaining({ code: "plugin_invalid", message: expect.stringContaining(message) }),
  );
});

test.each<[string, JsonSchema, unknown, unknown]>([
  ["bytes of a greatest length", { ...bytes, maxLength: 2 }, new Uint8Array(2), new Uint8Array(3)],
  [
    "a least number of files",
    { type: "object", additionalProperties: bytes, minProperties: 1 },
    { b: new Uint8Array(1) },
    {},
  ],
  [
    "names of files",
    { type: "object", additionalProperties: bytes, propertyNames: { pattern: "^a" } },
    { a: new Uint8Array(1) },
    { b: new Uint8Array(1) },
  ],
  [
    "a file that is required",
    { type: "object", additionalProperties: bytes, required: ["b"] },
    { b: new Uint8Array(1) },
    {},
  ],
  ["a key that may not be", { type: "object", properties: { n: false, b: bytes } }, {}, { n: 1 }],
  ["a length of a list of anything", { type: "array", minItems: 2 }, [1, 2], [1]],
  [
    "a key that is required of a choice",
    { type: "object", anyOf: [{ required: ["n"] }, { required: ["m"] }] },
    { m: 1 },
    {},
  ],
  ["a pattern joined to a text", { ...text, allOf: [{ pattern: "a" }, { pattern: "b" }] }, "ab", "a"],
  ["repeated words with a sign between them", { ...text, pattern: "^[a-z]+(-[a-z]+)*$" }, "a-b", "a-"],
])("%s is checked", (_, schema, right, wrong) => {
  const check = checkOf(schema, "x");
  expect(check.safeParse(right).success).toBe(true);
  expect(check.safeParse(wrong).success).toBe(false);
});

test("a schema nested beyond reading is refused", () => {
  let deep: JsonSchema = text;
  for (let level = 0; level < 20_000; level++) deep = { type: "array", items: deep };
  expect(() => checkOf(deep, "x")).toThrow("nested too deeply");
});

test("what a default leaves out is filled in, so that reading once and reading twice give the same", () => {
  const size = {
    type: "object",
    properties: { width: { type: "integer", default: 224 } },
    additionalProperties: false,
  };
  const check = checkOf(
    {
      type: "object",
      properties: {
        resize: { ...size, default: {} },
        steps: { type: "array", items: size, default: [{}] },
        either: { anyOf: [{ $ref: "#/$defs/pad" }, text], default: {} },
      },
      $defs: { pad: { type: "object", properties: { by: { ...size, default: {} } } } },
    },
    "kit",
  );
  const read = check.parse({});
  expect(read).toEqual({ resize: { width: 224 }, steps: [{ width: 224 }], either: { by: { width: 224 } } });
  expect(check.parse(read)).toEqual(read);
});
