import { expect, test } from "vitest";
import { z } from "zod";
import { describeIssues, plainWords } from "./schema-issue.ts";

const schema = z.strictObject({
  text: z.string().min(2).optional(),
  count: z.int().min(1).max(9).optional(),
  names: z.record(z.string(), z.string()).optional(),
  list: z.array(z.number()).min(1).optional(),
  kind: z.enum(["small", "large"]).optional(),
  image: z
    .union([z.custom<Uint8Array>((value) => value instanceof Uint8Array, "must be bytes"), z.array(z.string())])
    .optional(),
  part: z.union([z.strictObject({ text: z.string() }), z.strictObject({ size: z.number() })]).optional(),
  piece: z
    .union([
      z.strictObject({ type: z.literal("text"), text: z.string() }),
      z.strictObject({ type: z.literal("image"), image: z.string(), size: z.number() }),
    ])
    .optional(),
  needed: z.boolean(),
});

function problems(value: object): string[] {
  const result = schema.safeParse({ needed: true, ...value }, { error: plainWords });
  return result.success ? [] : describeIssues(schema, result.error);
}

test.each<[object, string]>([
  [{ text: 5 }, '"text": must be a text, not 5'],
  [{ text: "a" }, '"text": must have at least 2 characters'],
  [{ text: null }, '"text": must be a text, not null'],
  [{ count: "3" }, '"count": must be a number, not "3"'],
  [{ count: 1.5 }, '"count": must be a whole number, not 1.5'],
  [{ count: 0 }, '"count": must be at least 1'],
  [{ names: [] }, '"names": must be an object, not a list'],
  [{ names: { a: 1 } }, '"names.a": must be a text, not 1'],
  [{ list: {} }, '"list": must be a list, not an object'],
  [{ list: [] }, '"list": must have at least 1 item'],
  [{ list: ["x"] }, '"list.0": must be a number, not "x"'],
  [{ kind: "smal" }, '"kind": must be one of "small", "large", not "smal" (did you mean "small"?)'],
  [{ image: 5 }, '"image": must be bytes or a list, not 5'],
  [{ image: ["a", 5] }, '"image.1": must be a text, not 5'],
  [{ piece: { type: "image", image: "a", size: "large" } }, '"piece.size": must be a number, not "large"'],
  [{ piece: { type: "image", size: 5 } }, '"piece.image": is missing; it must be a text'],
  [{ piece: { type: "text" } }, '"piece.text": is missing; it must be a text'],
  [{ needed: undefined }, '"needed": is missing; it must be true or false'],
  [{ txt: "a" }, 'unknown key "txt" (did you mean "text"?)'],
])("%j is told in words that are no library's", (value, message) => {
  expect(problems(value)).toEqual([message]);
});

test("many complaints are told by their number", () => {
  const keys = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key${i}`, i]));
  const [told = ""] = problems(keys);
  expect(told).toContain("and 980 more unknown keys");
  expect(told.length).toBeLessThan(3000);
  expect(problems({ list: Array.from({ length: 100 }, () => "x") }).at(-1)).toBe("and 80 more");
});
