import { expect, test } from "vitest";
import { qualityDropped, qualityResult } from "./quality-result.ts";

const of = (score: number, threshold?: number) => qualityResult({ score, best: 0, worst: 100 }, threshold);

test("quality is the score turned round, in bands of twenty, whatever lies beyond either end", () => {
  expect(of(-3.5)).toEqual({
    ...{ brisque_score: -3.5, quality_score: 100, band: "excellent", is_low_quality: false, threshold: 40 },
  });
  expect([0, 19.9, 20, 40, 60, 80, 100, 131].map((score) => of(score).band)).toEqual([
    "excellent",
    "excellent",
    "good",
    "fair",
    "poor",
    "bad",
    "bad",
    "bad",
  ]);
  expect(of(131).quality_score).toBe(0);
});

test("a picture is of low quality from the threshold on, and a camera is in trouble from a drop on", () => {
  expect([39.9, 40].map((score) => of(score).is_low_quality)).toEqual([false, true]);
  expect(of(40, 50).is_low_quality).toBe(false);
  expect(qualityDropped(of(20), of(50))).toBe(true);
  expect(qualityDropped(of(20), of(49.9))).toBe(false);
  expect(qualityDropped(of(50), of(20))).toBe(false);
});
