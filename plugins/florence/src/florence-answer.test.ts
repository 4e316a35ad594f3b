import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { BoxEdges, DescribeImageOutput } from "@menagerie/core";
import { expect, test } from "vitest";
import { florenceAnswer } from "./florence-answer.ts";
import { type AnswerKind, checkBoxTouches, florencePrompt, quantisedBox } from "./florence-prompt.ts";

/** What transformers' post-processor read; tools/export/florence/random_answers.py made it. */
interface Answers {
  kinds: string[];
  banned: string[];
  cases: [text: string, size: [number, number], answers: unknown[]][];
  boxes: [size: [number, number], box: BoxEdges, bins: number[]][];
}

const answers = JSON.parse(
  await readFile(fileURLToPath(new URL("../fixtures/answers.json", import.meta.url)), "utf8"),
) as Answers;
const kinds: AnswerKind[] = ["text", "quads", "objects", "grounding", "polygons", "objects_or_polygons", "boxes"];

/** In the order of the reference's own keys. */
function values({ text, objects, quads, polygons }: DescribeImageOutput, kind: AnswerKind): unknown {
  const boxes = [objects?.map(({ box }) => Object.values(box)), objects?.map(({ label }) => label)];
  const outlines = [polygons?.map((found) => found.polygons), polygons?.map(({ label }) => label)];
  if (kind === "text") return text;
  if (kind === "quads") return [quads?.map((found) => found.quad), quads?.map((found) => found.text)];
  if (kind === "polygons") return outlines;
  return kind === "objects_or_polygons" ? [...boxes, ...outlines] : boxes;
}

test.each(kinds.map((kind, i) => [kind, i] as const))(
  "answers of %s are read as transformers reads them, from whole and from broken texts",
  (kind, i) => {
    const banned = new Set(answers.banned);
    for (const [text, [width, height], expected] of answers.cases)
      expect([text, values(florenceAnswer(text, kind, { width, height }, banned), kind)]).toEqual([text, expected[i]]);
  },
);

test("boxes get the bins that transformers gives them, at borders between bins and over the picture's", () => {
  for (const [[width, height], box, bins] of answers.boxes)
    expect([box, quantisedBox(box, { width, height })]).toEqual([box, bins]);
});

test("a prompt without its text or box is refused, and so is one that has no use for them", () => {
  const size = { width: 100, height: 200 };
  expect(() => florencePrompt({ prompt: "phrase_grounding" }, size)).toThrow('phrase_grounding needs "text"');
  expect(() => florencePrompt({ prompt: "region_ocr", text: "a" }, size)).toThrow('region_ocr has no use for "text"');
  expect(() => florencePrompt({ prompt: "region_ocr" }, size)).toThrow('region_ocr needs "box"');
  expect(() => florencePrompt({ box: [0, 0, 1, 1] }, size)).toThrow('caption has no use for "box"');
  expect(() => florencePrompt({ prompt: "referring_segmentation", text: " \u3000" }, size)).toThrow("more than spaces");
  expect(florencePrompt({ prompt: "open_vocabulary_detection", text: " $& {} " }, size).sentence).toBe(
    "Locate $& {} in the image.",
  );
  expect(florencePrompt({ prompt: "region_category", box: [10, 20, 50, 400] }, size).sentence).toBe(
    "What is the region <loc_100><loc_100><loc_500><loc_999>?",
  );
});

test("a box that has no pixel of the picture is refused, one that reaches beyond it is not", () => {
  const size = { width: 640, height: 480 };
  for (const box of [
    [640, 10, 700, 20],
    [10, 480, 20, 500],
    [-20, 10, 0, 20],
    [10, -20, 20, 0],
  ] as const)
    expect(() => checkBoxTouches([...box], size)).toThrow(
      `The box ${box.join(", ")} lies outside the picture of 640 x 480`,
    );
  expect(() => checkBoxTouches([-20, -20, 1, 1], size)).not.toThrow();
  expect(() => checkBoxTouches([639, 479, 9000, 9000], size)).not.toThrow();
});
