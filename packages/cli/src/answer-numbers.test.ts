import { madePicture, TaskRegistry } from "@menagerie/core";
import { decodeImage } from "@menagerie/vision";
import { expect, test } from "vitest";
import { areAlike as areAlikeOf, brokenNumber as brokenNumberOf } from "./answer-numbers.ts";

const task = new TaskRegistry().named("estimate-depth");
const brokenNumber = (answer: unknown): unknown => brokenNumberOf(task, answer);
const areAlike = (one: unknown, other: unknown): boolean => areAlikeOf(task, one, other);

test("a number that is none is found however deep it lies, in maps of bytes too", () => {
  const depth = new Uint8Array(Float32Array.of(1, Number.NaN).buffer);
  expect(brokenNumber({ matches: [{ score: 1 }, { score: Number.NaN }] })).toMatchObject({ path: "matches[1].score" });
  expect(brokenNumber({ width: 2, height: 1, depth })).toMatchObject({ path: "depth[1]" });
  expect(brokenNumber({ embedding: Float32Array.of(0, Number.POSITIVE_INFINITY) })).toMatchObject({
    path: "embedding[1]",
  });
  expect(brokenNumber({ labels: [], text: "NaN", score: -0.5 })).toBeUndefined();
});

test("answers are alike where every number is, and say nothing where they hold no fraction", () => {
  expect(areAlike({ embedding: [0.5, 1] }, { embedding: [0.5, 1] })).toBe(true);
  expect(areAlike({ embedding: [0.5, 1] }, { embedding: [0.5000001, 1] })).toBe(false);
  expect(areAlike({ objects: [] }, { objects: [] })).toBe(false);
  expect(areAlike({ score: 100 }, { score: 100 })).toBe(false);
});

test("the made pictures can be decoded, and have nothing in common", async () => {
  const [one, other] = await Promise.all(
    (["first", "second"] as const).map((which) => decodeImage(madePicture(which))),
  );
  expect([one?.width, one?.height, other?.width, other?.height]).toEqual([320, 240, 320, 240]);
  const [a, b] = [one?.data ?? [], other?.data ?? []];
  const differing = Array.from(a).filter((level, i) => Math.abs(level - (b[i] ?? level)) > 20).length;
  expect(differing / a.length).toBeGreaterThan(0.7);
});
