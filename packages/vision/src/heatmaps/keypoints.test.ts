import { readFileSync } from "node:fs";
import { mixedInteger } from "@menagerie/testing";
import { describe, expect, it } from "vitest";
import { integerStream } from "../../fixtures/resample-cases.ts";
import type { FloatPlanes } from "../float-planes.ts";
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

/** People whose heatmaps lie in one array, the first of each without a value above 0. */
interface Together {
  readonly seeds: readonly number[];
  readonly shape: Reference["shape"];
  readonly boxes: readonly Reference["box"][];
  readonly points: readonly (readonly number[])[];
}

const read = (name: string): string => readFileSync(new URL(`../../fixtures/${name}.json`, import.meta.url), "utf8");
const references: readonly Reference[] = JSON.parse(read("keypoints"));
const together: readonly Together[] = JSON.parse(read("keypoints-together"));

describe("heatmapKeypoints", () => {
  it.each(references)(
    "finds what transformers' VitPose finds to the bit, heatmaps $shape",
    ({ seed, shape, box, points, scores }) => {
      const [left, top, width, height] = box;
      const frame = poseFrame({ left, top, width, height }, { width: 192, height: 256 });
      const found = heatmapKeypoints(heatmaps(seed, shape), { frame });
      expect([...found.scores]).toEqual(scores);
      expect([...found.points]).toEqual(points);
    },
  );

  it.each(references)("finds what OpenCV's blur gives, heatmaps $shape", ({ seed, shape, opencv }) => {
    const { points } = heatmapKeypoints(heatmaps(seed, shape), { blur: "opencv" });
    expect(worst(points, opencv)).toBeLessThan(1e-4);
  });

  it.each(together)(
    "puts what has no point where transformers puts it, among people $seeds",
    ({ seeds, shape, boxes, points }) => {
      const [channels, height, width] = shape;
      const maps = seeds.map((seed) => turned(heatmaps(seed, shape)));
      for (const [i, [left, top, boxWidth, boxHeight]] of boxes.entries()) {
        const frame = poseFrame({ left, top, width: boxWidth, height: boxHeight }, { width: 192, height: 256 });
        const { data } = maps[(i + seeds.length - 1) % seeds.length] as FloatPlanes;
        const before = data.subarray((channels - 1) * height * width);
        const found = heatmapKeypoints(maps[i] as FloatPlanes, { frame, before });
        expect(found.scores[0]).toBeLessThanOrEqual(0);
        expect([...found.points]).toEqual(points[i]);
      }
    },
  );

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

/** The largest difference of coordinates. */
function worst(found: Float32Array, expected: readonly number[]): number {
  expect(found).toHaveLength(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (found[i] as number))), 0);
}

/** The last heatmap first. */
function turned({ data, channels, height, width }: FloatPlanes): FloatPlanes {
  const size = height * width;
  const planes = Array.from({ length: channels }, (_, i) => [...data.subarray(i * size, (i + 1) * size)]);
  return { data: Float32Array.from(planes.reverse().flat()), channels, height, width };
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
