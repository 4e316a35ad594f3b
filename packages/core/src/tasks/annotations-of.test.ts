import { expect, test } from "vitest";
import { annotationsOf, drawableTasks } from "./annotations-of.ts";
import { taskFields } from "./task-field.ts";
import { vocabulary } from "./vocabulary.ts";

test("a picture's best labels are drawn, those of that picture and no more than can be read", () => {
  const matches = (first: string) =>
    Array.from({ length: 8 }, (_, i) => ({ label: `${first}${i}`, score: (8 - i) / 36, similarity: 0.2 }));
  const output = {
    per_image: [
      { image: 0, matches: matches("a") },
      { image: 1, matches: matches("b") },
    ],
    per_label: [],
  };
  expect(annotationsOf("match-image", output, 1)).toEqual([
    { kind: "classification", labels: [8, 7, 6, 5, 4].map((n, i) => ({ label: `b${i}`, score: n / 36 })) },
  ]);
  expect(() => annotationsOf("match-image", output, 2)).toThrow("The answer has 2 pictures, and none at 2");
});

test("a score is drawn with the ends of its scale", () => {
  expect(annotationsOf("score-image", { score: 8.3333, best: 0, worst: 100 })).toEqual([
    { kind: "caption", text: "8.33  (0 is best, 100 is worst)" },
  ]);
});

test("a vector is not drawn, and every task that is drawn takes a picture", () => {
  expect(() => annotationsOf("embed-image", { embedding: [1] })).toThrow("nothing that can be drawn on a picture");
  expect(drawableTasks).toEqual(["match-image", "score-image"]);
  for (const task of drawableTasks)
    expect(taskFields(vocabulary[task]).find((field) => field.positional)?.kind).toBe("image");
});
