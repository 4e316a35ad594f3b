import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { seededFloats } from "../../fixtures/resample-cases.ts";
import { depthLevels, resizeDepth } from "./depth-map.ts";
import { classCoverage, segment } from "./segmentation.ts";

interface Reference {
  readonly seed: number;
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly target: readonly [height: number, width: number];
  readonly classes: string;
  /** Every fifth row. */
  readonly depth: string;
  readonly original: string;
  readonly grey: string;
}

const references: readonly Reference[] = JSON.parse(
  readFileSync(new URL("../../fixtures/maps.json", import.meta.url), "utf8"),
);

const refused = expect.objectContaining({ code: "input_invalid" });

describe("segment", () => {
  it.each(references)(
    "gives the classes that transformers gives, logits $shape to $target",
    ({ seed, shape, target, classes }) => {
      const [channels, height, width] = shape;
      const logits = { data: seededFloats(seed, channels * height * width), channels, height, width };
      const found = segment(logits, { width: target[1], height: target[0] });
      expect(Buffer.from(found.data).equals(Buffer.from(classes, "base64"))).toBe(true);
      const coverage = classCoverage(found, channels);
      expect(coverage.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 12);
    },
  );

  it("takes the first of equal classes", () => {
    expect([
      ...segment({ data: new Float32Array(12), channels: 3, height: 2, width: 2 }, { width: 2, height: 2 }).data,
    ]).toEqual([0, 0, 0, 0]);
  });

  it("tells more classes apart than a byte holds", () => {
    const data = Float32Array.from({ length: 600 }, (_, i) => (i === 299 * 2 || i === 43 * 2 + 1 ? 1 : 0));
    const found = segment({ data, channels: 300, height: 1, width: 2 }, { width: 4, height: 1 });
    expect([...found.data]).toEqual([299, 299, 43, 43]);
    expect([...classCoverage(found, 300)].flatMap((part, index) => (part > 0 ? [[index, part]] : []))).toEqual([
      [43, 0.5],
      [299, 0.5],
    ]);
  });

  it("refuses more classes than two bytes hold, none, and logits that are no numbers", () => {
    const logits = { data: new Float32Array(65_537), channels: 65_537, height: 1, width: 1 };
    for (const bad of [
      logits,
      { ...logits, channels: 0, data: new Float32Array() },
      { ...logits, channels: 1, data: Float32Array.of(Number.NaN) },
    ])
      expect(() => segment(bad, { width: 2, height: 2 })).toThrow(refused);
  });
});

describe("resizeDepth", () => {
  it("equals transformers' bicubic and Depth-Anything's own bilinear within 1e-6 of the range, below 0 too", () => {
    let isBelow = false;
    for (const { seed, shape, target, depth, original } of references) {
      const [channels, height, width] = shape;
      const plane = { data: seededFloats(seed, channels * height * width).subarray(0, height * width), width, height };
      for (const [upsampling, expected] of [
        ["transformers", depth],
        ["original", original],
      ] as const) {
        const found = resizeDepth(plane, { width: target[1], height: target[0] }, upsampling);
        const values = new Float32Array(Uint8Array.from(Buffer.from(expected, "base64")).buffer);
        for (const [i, value] of values.entries()) {
          const at = Math.floor(i / target[1]) * 5 * target[1] + (i % target[1]);
          expect(Math.abs(value - (found.data[at] as number))).toBeLessThan(1.6e-5);
          if (value < -8) isBelow = true;
        }
      }
    }
    expect(isBelow).toBe(true);
  });
});

describe("depthLevels", () => {
  it("gives the levels that transformers' pipeline saves", () => {
    for (const { seed, shape, grey } of references) {
      const [channels, height, width] = shape;
      const data = seededFloats(seed, channels * height * width).subarray(0, height * width);
      expect(createHash("sha256").update(depthLevels({ data, width, height })).digest("hex").slice(0, 12)).toBe(grey);
    }
  });

  it("makes a flat map black and refuses one with a value that is no number", () => {
    expect([...depthLevels({ data: Float32Array.of(3, 3), width: 2, height: 1 })]).toEqual([0, 0]);
    expect(() => depthLevels({ data: Float32Array.of(3, Number.NaN), width: 2, height: 1 })).toThrow(refused);
  });
});
