import { readFileSync } from "node:fs";
import { mixedInteger } from "@menagerie/testing";
import { describe, expect, it } from "vitest";
import { integerStream } from "../../fixtures/resample-cases.ts";
import { poseFrame } from "../warp/pose-crop.ts";
import { heatmapKeypoints } from "./keypoints.ts";

interface Reference {
  readonly seed: number;
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly box: readonly [number, number, number, number];
  readonly points: readonly number[];
  readonly scores: readonly number[];
  /** Points in the heatmap after OpenCV's blur. */
  readonly opencv: readonly number[];
}

const references: readonly Reference[] = JSON.parse(
  readFileSync(new URL("../../fixtures/keypoints.json", import.meta.url), "utf8"),
);

describe("heatmapKeypoints", () => {
  it.each(references)(
    "finds what transformers' VitPose finds, heatmaps $shape",
    ({ seed, shape, box, points, scores }) => {
      const [left, top, width, height] = box;
      const frame = poseFrame({ left, top, width, height }, { width: 192, height: 256 });
      const found = heatmapKeypoints(heatmaps(seed, shape), { frame });
      expect([...found.scores]).toEqual(scores);
      expect(worst(found.points, points, scores)).toBeLessThan(1e-4);
    },
  );

  it.each(references)("finds what OpenCV's blur gives, heatmaps $shape", ({ seed, shape, opencv, scores }) => {
    const { points } = heatmapKeypoints(heatmaps(seed, shape), { blur: "opencv" });
    expect(worst(points, opencv, scores)).toBeLessThan(1e-4);
  });

  it("gives numbers for a flat map, for one value and for no channel", () => {
    for (const [channels, height, width] of [
      [1, 9, 9],
      [1, 1, 1],
      [0, 5, 5],
    ] as const) {
      const flat = { data: new Float32Array(channels * height * width).fill(0.5), channels, height, width };
      for (const value of heatmapKeypoints(flat).points) expect(Number.isFinite(value)).toBe(true);
    }
  });

  it("refuses a map with a value that is no number, and one that is too short", () => {
    for (const data of [Float32Array.of(0, Number.NaN, 0, 0), new Float32Array(3)])
      expect(() => heatmapKeypoints({ data, channels: 1, height: 2, width: 2 })).toThrow(
        expect.objectContaining({ code: "input_invalid" }),
      );
  });
});

/** The largest difference of coordinates where there is a point at all. */
function worst(found: Float32Array, expected: readonly number[], scores: readonly number[]): number {
  expect(found).toHaveLength(expected.length);
  expect(scores.filter((score) => score > 0).length).toBeGreaterThan(scores.length / 2);
  return expected.reduce((most, value, i) => {
    const isPoint = (scores[Math.floor(i / 2)] as number) > 0;
    return isPoint ? Math.max(most, Math.abs(value - (found[i] as number))) : most;
  }, 0);
}

/** `heatmaps` of tools/export/vision/keypoints.py. */
function heatmaps(seed: number, [channels, height, width]: Reference["shape"]) {
  const between = integerStream(seed);
  const data = new Float32Array(channels * height * width);
  for (let channel = 0, at = 0; channel < channels; channel++) {
    const [x, y, top] = [between(0, 8 * (width - 1)), between(0, 8 * (height - 1)), between(500, 4000)];
    const sign = channel === channels - 1 ? -1 : 1;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++, at++) {
        const distance = (column * 8 - x) ** 2 + (row * 8 - y) ** 2;
        data[at] =
          (sign * (Math.floor((top * 256) / (256 + distance)) + (mixedInteger(at + seed * 99_991) & 127))) / 4096;
      }
    }
  }
  return { data, channels, height, width };
}
