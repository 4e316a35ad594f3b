import { describe, expect, test } from "vitest";
import { noDataIn } from "./input-data.ts";
import { parseTaskInput, TaskRegistry } from "./task-registry.ts";

const free = { type: "object", properties: { facts: {}, more: { type: "object" } } };
const task = new TaskRegistry([{ name: "ask-freely", summary: "Takes anything", input: free, output: free }]).named(
  "ask-freely",
);
const itself: Record<string, unknown> = {};
itself.again = [itself];

describe("an input that is neither JSON's data nor bytes is refused by its name:", () => {
  test.each<[string, unknown, string]>([
    [
      "a Map that stands for all fields",
      new Map([["facts", 1]]),
      "it is a Map: an input is what JSON can say, and bytes",
    ],
    ["a promise that was not awaited", Promise.resolve({}), "it is a Promise"],
    ["a Map for an object", { more: new Map() }, '"more" is a Map'],
    ["a date", { facts: { when: [new Date(0)] } }, '"facts.when.0" is a Date'],
    ["no number", { facts: [1, Number.NaN] }, '"facts.1" is NaN'],
    ["no end", { facts: Number.NEGATIVE_INFINITY }, '"facts" is -Infinity'],
    ["a bigint", { facts: 5n }, '"facts" is the bigint 5'],
    ["a function", { facts: { of: () => 1 } }, '"facts.of" is a function'],
    ["a hole in a list", { facts: [1, undefined] }, '"facts.1" is undefined'],
    ["a URL", { facts: new URL("http://a") }, '"facts" is a URL'],
    ["an error", { facts: new Error("x") }, '"facts" is an Error'],
    ["what turns itself into another", { facts: { toJSON: () => 1 } }, '"facts" is an object that JSON turns'],
    ["what holds itself", { facts: itself }, "holds itself"],
  ])("%s", (_what, input, said) => {
    const refusal = { code: "input_invalid", message: expect.stringContaining(said) };
    expect(() => parseTaskInput(task, input)).toThrow(expect.objectContaining(refusal));
  });
});

test("bytes, left-out fields and objects of any class are data", () => {
  class Box {
    left = 1;
  }
  const facts = { bytes: Uint8Array.of(1), buffer: Buffer.from("a"), box: new Box(), none: undefined, null: null };
  expect(noDataIn({ facts, bare: Object.create(null) })).toBeUndefined();
});
