import { expect, test } from "vitest";
import { annotationsOf as annotationsOfTask, isDrawable, type PictureAnnotation } from "./annotations-of.ts";
import type { PackedMask } from "./segment-objects.ts";
import { TaskRegistry } from "./task-registry.ts";

const tasks = new TaskRegistry();

function annotationsOf(task: string, output: unknown, picture?: number): readonly PictureAnnotation[] {
  return annotationsOfTask(tasks.named(task), output, picture);
}

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

test("what was found is drawn as boxes, and as masks where these are as large as the picture", () => {
  const found = { label: "dent", score: 0.5, box: { x1: 1, y1: 2, x2: 3, y2: 4 } };
  const box = { kind: "box", box: [1, 2, 3, 4], label: "dent", score: 0.5 };
  expect(annotationsOf("detect-objects", { objects: [found] })).toEqual([box]);
  const mask: PackedMask = { size: [4, 3], counts: "0<" };
  const objects = [{ ...found, mask, area: 12 }];
  expect(annotationsOf("segment-objects", { mask_size: "model", objects })).toEqual([box]);
  expect(annotationsOf("segment-objects", { mask_size: "picture", objects })).toEqual([
    { kind: "mask", mask, label: "dent", score: 0.5 },
  ]);
});

test("a pose is drawn with the lines between the points that it has", () => {
  const box = { x1: 0, y1: 0, x2: 10, y2: 20 };
  const keypoints = [
    { name: "a", x: 1, y: 2, score: 1.2 },
    { name: "c", x: 3, y: 4, score: -0.1 },
  ];
  const skeleton: [string, string][] = [
    ["a", "b"],
    ["c", "a"],
  ];
  expect(annotationsOf("estimate-pose", { people: [{ box, keypoints }], skeleton })).toEqual([
    { kind: "box", box: [0, 0, 10, 20] },
    {
      kind: "keypoints",
      points: [
        { x: 1, y: 2, score: 1 },
        { x: 3, y: 4, score: 0 },
      ],
      skeleton: [[1, 0]],
    },
  ]);
});

test("a picture's own labels are drawn, its classes but for the background, and its depth with what is near as what is large", () => {
  const labels = [{ label: "a", score: 1 }];
  expect(annotationsOf("classify-image", { labels })).toEqual([{ kind: "classification", labels }]);
  const mask = { size: [1, 1] as [number, number], counts: "01" };
  const part = { coverage: 0.5, mask };
  const seen = [
    { label: "Background", index: 0, ...part },
    { label: "Hat", index: 1, ...part },
  ];
  expect(annotationsOf("segment-image", { width: 1, height: 1, classes: seen })).toEqual([
    { kind: "mask", mask, label: "Hat" },
  ]);
  const values = new Uint8Array(Float32Array.of(9, 1, -2).buffer, 4);
  const output = { width: 2, height: 1, depth: values, minimum: -2, maximum: 1 };
  expect(annotationsOf("estimate-depth", { ...output, near: "larger" })).toEqual([
    { kind: "depth", depth: { data: Float32Array.of(1, -2), width: 2, height: 1 } },
  ]);
  expect(annotationsOf("estimate-depth", { ...output, near: "smaller" })).toEqual([
    { kind: "depth", depth: { data: Float32Array.of(-1, 2), width: 2, height: 1 } },
  ]);
});

test("what happens in a video belongs to none of its frames", () => {
  expect(() => annotationsOf("match-video", { matches: [] })).toThrow(
    "An answer to match-video has nothing that can be drawn on a picture",
  );
});

test("a description is drawn as its text, or as the places that it says", () => {
  expect(annotationsOf("describe-image", { text: "a cat" })).toEqual([{ kind: "caption", text: "a cat" }]);
  const objects = [
    { label: "cat", box: { x1: 1, y1: 2, x2: 3, y2: 4 } },
    { label: "", box: { x1: 5, y1: 6, x2: 7, y2: 8 } },
  ];
  expect(annotationsOf("describe-image", { text: "", objects })).toEqual([
    { kind: "box", box: [1, 2, 3, 4], label: "cat" },
    { kind: "box", box: [5, 6, 7, 8] },
  ]);
  const quads = [{ text: "STOP", quad: [1, 2, 3, 4, 5, 6, 7, 8] }];
  expect(annotationsOf("describe-image", { text: "", quads })).toEqual([
    { kind: "polygon", points: [1, 2, 3, 4, 5, 6, 7, 8], label: "STOP" },
  ]);
  const polygons = [{ label: "", polygons: [[1, 2, 3, 4, 5, 6], [], [7, 8]] }];
  expect(annotationsOf("describe-image", { text: "", polygons })).toEqual([
    { kind: "polygon", points: [1, 2, 3, 4, 5, 6] },
  ]);
  expect(annotationsOf("describe-image", { text: "", objects: [] })).toEqual([]);
});

test("a vector is not drawn, and every task that is drawn takes a picture", () => {
  expect(() => annotationsOf("embed-image", { embedding: [1] })).toThrow("nothing that can be drawn on a picture");
  expect(tasks.names.filter((name) => isDrawable(tasks.named(name)))).toEqual([
    "classify-image",
    "describe-image",
    "detect-objects",
    "estimate-depth",
    "estimate-pose",
    "match-image",
    "score-image",
    "segment-image",
    "segment-objects",
  ]);
});
