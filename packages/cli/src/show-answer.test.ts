import { stripVTControlCharacters } from "node:util";
import type { Answer, DescribeImageOutput, Embedding, TranscribeAudioOutput } from "@menagerie/core";
import { expect, test } from "vitest";
import { showAnswer } from "./show-answer.ts";

test("a description is shown as its text, or as the places that it names, a line each", () => {
  expect(shown({ text: "a cat" })).toEqual(["cat.png  a cat"]);
  const box = { x1: 1, y1: 2, x2: 3, y2: 4 };
  const objects = [
    { label: "cat", box },
    { label: "", box },
  ];
  const quads = [{ text: "STOP", quad: [1, 2, 3, 4, 5, 6, 7, 8] }];
  const polygons = [
    {
      label: "",
      polygons: [
        [1, 2, 3, 4, 5, 6],
        [7, 8],
      ],
    },
  ];
  expect(shown({ text: "", objects, quads, polygons })).toEqual([
    "cat.png",
    "  cat  1, 2, 3, 4",
    "  something  1, 2, 3, 4",
    "  STOP  1, 2, 3, 4, 5, 6, 7, 8",
    "  something  outlined by 3 + 1 points",
  ]);
  expect(shown({ text: "", objects: [] })).toEqual(["cat.png", "  nothing"]);
});

test("of a recording whose speech was looked for it is said how much was heard", () => {
  const asked = { model: "m", task: "transcribe-audio", models_used: [], model_signature: "" };
  const timing_ms = { load: 0, queue: 0, run: 1, total: 1 };
  const lines = (output: TranscribeAudioOutput): string[] =>
    stripVTControlCharacters(showAnswer({ ...asked, output, timing_ms } as unknown as Answer, ["/a.wav"])).split("\n");
  const [name, text, proof] = lines({ text: "", segments: [], speech: [] });
  expect([name, text]).toEqual(["a.wav", "  nothing"]);
  expect(proof).toContain("speech of 0.0 s heard");
  const speech = [
    { start: 1, end: 2.5 },
    { start: 4, end: 5 },
  ];
  expect(lines({ text: " yes", segments: [], speech })[2]).toContain("speech of 2.5 s heard");
});

test.each([
  [{ embedding: [0.6, 0.8] }, "2 dimensions of unit length: 0.6000 0.8000"],
  [{ embedding: [3, 4] }, "2 dimensions of length 5.000: 3.0000 4.0000"],
  [
    {
      embedding: [0.6, 0.8],
      embeddings: [
        [0.6, 0.8],
        [3, 4],
      ],
    },
    "2 vectors of 2 dimensions of lengths from 1.000 to 5.000: 0.6000 0.8000",
  ],
])("of vectors the length is said that they have: %j", (output, words) => {
  expect(shown(output, "embed-text")).toEqual([`/pictures/cat.png: ${words}`]);
});

/** Lines without the last, which says how long it took. */
function shown(output: DescribeImageOutput | Embedding, task = "describe-image"): string[] {
  const answer = {
    ...{ model: "m", task, output, models_used: [], model_signature: "" },
    timing_ms: { load: 0, queue: 0, run: 1, total: 1 },
  } as unknown as Answer;
  return stripVTControlCharacters(showAnswer(answer, ["/pictures/cat.png"]))
    .split("\n")
    .slice(0, -1);
}
