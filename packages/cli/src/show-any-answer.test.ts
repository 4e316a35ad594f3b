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
