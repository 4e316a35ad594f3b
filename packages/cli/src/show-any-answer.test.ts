import { stripVTControlCharacters } from "node:util";
import { TaskRegistry } from "@menagerie/core";
import { expect, test } from "vitest";
import { showAnyAnswer } from "./show-any-answer.ts";

const bytes = { type: "string", contentEncoding: "base64" };
const box = { type: "object", shown: "box", additionalProperties: { type: "number" } };
const task = new TaskRegistry([
  {
    name: "find-signs",
    summary: "Signs in a picture",
    input: { type: "object" },
    output: {
      type: "object",
      properties: {
        signs: { type: "array", items: { type: "object", properties: { box } } },
        picture: { ...bytes, media: "image" },
        vector: { type: "array", items: { type: "number" } },
        note: { type: "string" },
      },
    },
  },
]).named("find-signs");

test("an answer to any task is shown: scores as bars, files by kind and size, long lists by their length", () => {
  const signs = [{ label: "stop", score: 0.5, box: { x1: 1, y1: 2, x2: 3, y2: 4 } }];
  const picture = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const output = { signs, picture, vector: Array.from({ length: 8 }, (_, i) => i / 3), note: "two\nlines" };
  expect(stripVTControlCharacters(showAnyAnswer(task, output, "/a/street.jpg")).split("\n")).toEqual([
    "street.jpg",
    '   50.0 %  ██████████░░░░░░░░░░  stop  {"box":{"x1":1,"y1":2,"x2":3,"y2":4}}',
    "  picture: (image/png, 0.0 kB)",
    '  vector: "8 numbers: 0 0.3333 0.6667 1 1.3333 1.6667 …"',
    "  note: |-",
    "    two",
    "    lines",
  ]);
});

test("a tensor is shown by its type and shape, and a question in JSON is no heading", () => {
  const properties = { dtype: { const: "float32" }, shape: { type: "array" }, data: bytes };
  const tensor = { type: "object", tensor: true, properties };
  const own = new TaskRegistry([
    {
      name: "hear-hive",
      summary: "What a hive sounds like",
      input: { type: "object" },
      output: { type: "object", properties: { whole: tensor, parts: { type: "array", items: tensor } } },
    },
  ]).named("hear-hive");
  const value = (...shape: number[]) => ({ dtype: "float32", shape, data: new Uint8Array(32) });
  const shown = showAnyAnswer(own, { whole: value(2, 4), parts: [value(8)] }, '{"bees":3}');
  expect(stripVTControlCharacters(shown).split("\n")).toEqual([
    "hear-hive",
    "  whole: float32 [2, 4]",
    "  parts:",
    "    - float32 [8]",
  ]);
});
