import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ImagePreprocessing } from "../preprocessing/image-preprocessing.ts";
import { imageGeometry } from "./image-geometry.ts";

const side = fc.integer({ min: 1, max: 3000 });
const size = fc.record({ width: side, height: side });
const preprocessing: fc.Arbitrary<ImagePreprocessing> = fc.record({
  arithmetic: fc.constantFrom("pillow-12", "pillow-13", "torchvision"),
  convert_rgb: fc.constant(true),
  resize: fc.option(fc.oneof(size, fc.record({ shortest_edge: fc.integer({ min: 1, max: 600 }) })), { nil: undefined }),
  filter: fc.constant("bicubic"),
  crop: fc.option(size, { nil: undefined }),
  crop_rounding: fc.constantFrom("floor", "round"),
  rescale_factor: fc.constant(1 / 255),
});

describe("imageGeometry", () => {
  it("keeps the window inside the resized picture, and the window with its padding inside the result", () => {
    fc.assert(
      fc.property(size, preprocessing, (from, description) => {
        const { resized, result, window, left, top } = imageGeometry(from, description);
        for (const [first, end, padding, length, wanted] of [
          [window.left, window.right, left, resized.width, result.width],
          [window.top, window.bottom, top, resized.height, result.height],
        ] as const) {
          expect(first).toBeGreaterThanOrEqual(0);
          expect(end).toBeLessThanOrEqual(length);
          expect(end - first).toBe(Math.min(length, wanted));
          expect(padding).toBeGreaterThanOrEqual(0);
          expect(padding + end - first).toBeLessThanOrEqual(wanted);
          // Centred: what is lost or added differs by at most one pixel between the two sides.
          expect(Math.abs(first - (length - end))).toBeLessThanOrEqual(1);
          expect(Math.abs(padding - (wanted - padding - (end - first)))).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it("makes the short edge exactly as long as asked and never shortens the long edge below it", () => {
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 600 }), (from, edge) => {
        const { resized } = imageGeometry(from, { ...plain, resize: { shortest_edge: edge } });
        expect(Math.min(resized.width, resized.height)).toBe(edge);
        expect(from.width <= from.height ? resized.width : resized.height).toBe(edge);
      }),
    );
  });

  it("floors or rounds half to even, as Python does, where the crop leaves an odd pixel", () => {
    const offset = (width: number, crop_rounding: "floor" | "round"): number =>
      imageGeometry({ width, height: 10 }, { ...plain, crop: { width: 10, height: 10 }, crop_rounding }).window.left;
    expect([11, 12, 13, 14, 15].map((width) => offset(width, "floor"))).toEqual([0, 1, 1, 2, 2]);
    expect([11, 12, 13, 14, 15].map((width) => offset(width, "round"))).toEqual([0, 1, 2, 2, 2]);
  });
});

const plain: ImagePreprocessing = {
  arithmetic: "torchvision",
  convert_rgb: true,
  filter: "bicubic",
  crop_rounding: "floor",
  rescale_factor: 1 / 255,
};
