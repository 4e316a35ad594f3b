import { expect, test } from "vitest";
import { checkOf, type JsonSchema } from "./json-schema.ts";
import { describeIssues, plainWords } from "./schema-issue.ts";

const picture = { type: "string", contentEncoding: "base64", media: "image" };
const chat: JsonSchema = {
  type: "object",
  properties: {
    messages: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        properties: {
          role: { enum: ["user", "assistant"] },
          content: { anyOf: [{ type: "string" }, { type: "array", items: { $ref: "#/$defs/piece" } }] },
        },
        required: ["role", "content"],
        additionalProperties: false,
      },
    },
    top_k: { type: "integer", minimum: 1, default: 5 },
  },
  required: ["messages"],
  additionalProperties: false,
  $defs: {
    piece: { type: "object", properties: { image: picture }, required: ["image"], additionalProperties: false },
  },
};

test("a schema of any shape becomes a check, with its defaults and its bytes", () => {
  const check = checkOf(chat, "chat");
  const messages = [{ role: "user", content: [{ image: new Uint8Array([1]) }] }];
  expect(check.parse({ messages })).toEqual({ messages, top_k: 5 });
  const wrong = { messages: [{ role: "user", content: [{ image: "AQ==" }] }] };
  expect(check.safeParse(wrong).success).toBe(false);
  expect(check.safeParse({ messages: [] }).success).toBe(false);
  expect(check.safeParse({ messages, top_k: 0 }).success).toBe(false);
  expect(check.safeParse({ messages, topk: 1 }).success).toBe(false);
});

test("of the shapes of oneOf exactly one must fit, bytes among them or not, and the refusal says which do", () => {
  const shape = (key: string, held: JsonSchema, title?: string): JsonSchema => ({
    type: "object",
    properties: { [key]: held },
    required: [key],
    ...(title === undefined ? {} : { title }),
  });
  const image = new Uint8Array([1]);
  for (const third of [shape("mask", picture), shape("mask", { type: "integer" })]) {
    const check = checkOf(
      { oneOf: [shape("image", picture, "a picture"), shape("url", { type: "string" }), third] },
      "it",
    );
    expect(check.parse({ image })).toEqual({ image });
    expect(check.parse({ url: "a" })).toEqual({ url: "a" });
    const result = check.safeParse({ image, url: "a", mask: "none" }, { error: plainWords });
    const words = result.success ? [] : describeIssues(check, result.error, { whole: "input" });
    expect(words).toEqual(["input: fits shape 1 (a picture) and shape 2 of 3; exactly one must fit"]);
  }
});

test("a definition may hold itself", () => {
  const tree: JsonSchema = {
    $ref: "#/$defs/node",
    $defs: {
      node: {
        type: "object",
        properties: { icon: picture, children: { type: "array", items: { $ref: "#/$defs/node" } } },
        additionalProperties: false,
      },
    },
  };
  const icon = new Uint8Array([7]);
  expect(checkOf(tree, "tree").safeParse({ children: [{ icon, children: [{ icon }] }] }).success).toBe(true);
  expect(checkOf(tree, "tree").safeParse({ children: [{ icon, children: [{ icon: 7 }] }] }).success).toBe(false);
});

test("records of pictures keep their keys and check each picture", () => {
  const stems = checkOf({ type: "object", additionalProperties: picture }, "stems");
  expect(stems.safeParse({ a: new Uint8Array([1]), b: new Uint8Array([2]) }).success).toBe(true);
  expect(stems.safeParse({ a: new Uint8Array(0) }).error?.issues[0]?.message).toBe("must be the bytes of a picture");
});

test.each<[string, JsonSchema, string]>([
  [
    "a misspelt keyword",
    { type: "string", maxLenght: 3 },
    'the keyword "maxLenght", which is unknown (did you mean "maxLength"?)',
  ],
  ["one deep inside", { properties: { a: { items: { minmum: 1 } } } }, '#/properties/a/items has the keyword "minmum"'],
  ["a type that is none", { type: "float" }, '#/type cannot be "float"'],
  ["a medium that is none", { media: "picture" }, '#/media cannot be "picture"'],
  ["a required name that is misspelt", { properties: { text: {} }, required: ["txt"] }, 'did you mean "text"?'],
  ["a reference to nothing", { $ref: "#/$defs/a" }, 'only "#/$defs/NAME" of the same schema'],
  ["a pattern that is none", { pattern: "(" }, '#/pattern cannot be "("'],
  ["bytes where none can stand", { type: "array", prefixItems: [picture] }, "bytes can stand in"],
])("%s is refused by name", (_, schema, message) => {
  expect(() => checkOf(schema, "tasks/x.yaml input")).toThrow(
    expect.objectContaining({ code: "plugin_invalid", message: expect.stringContaining(message) }),
  );
});
