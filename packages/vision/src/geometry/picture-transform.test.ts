import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { imageGeometry, pictureTransform } from "../pipeline/image-geometry.ts";
import type { ImagePreprocessing } from "../preprocessing/image-preprocessing.ts";
import { boxesToPicture, inferredTransform, pointsToModel, pointsToPicture } from "./picture-transform.ts";

interface Scaled {
  readonly width: number;
  readonly height: number;
  readonly side: number;
  readonly auto: boolean;
  readonly model: readonly [number, number];
  readonly boxes: readonly number[];
  readonly back: readonly number[];
}

const references: readonly Scaled[] = JSON.parse(
  readFileSync(new URL("../../fixtures/scale-boxes.json", import.meta.url), "utf8"),
);

describe("boxesToPicture", () => {
  it("equals ultralytics' scale_boxes to the bit, on 150 letterboxes", () => {
    for (const { width, height, side, auto, model, boxes, back } of references) {
      const picture = { width, height };
      const geometry = imageGeometry(picture, letterbox(side, auto));
      expect([geometry.result.width, geometry.result.height]).toEqual(model);
      const about = `${width} x ${height} in ${side}, auto ${auto}`;
      const inferred = inferredTransform(picture, geometry.result);
      expect([...boxesToPicture(Float32Array.from(boxes), inferred)], about).toEqual(back);
      if (auto) continue;
      expect([...boxesToPicture(Float32Array.from(boxes), pictureTransform(picture, geometry))], about).toEqual(back);
    }
  });
});

describe("pictureTransform", () => {
  const side = fc.integer({ min: 1, max: 2000 });
  const resize = fc.constantFrom<ImagePreprocessing["resize"]>(
    { shortest_edge: 224 },
    { shortest_edge: 224, crop_pct: 0.875 },
    { width: 320, height: 200 },
    { letterbox: { width: 640, height: 480 } },
    { letterbox: { width: 640, height: 480, center: false, rounding: "floor" } },
  );

  it("brings a point to the model and back to where it was", () => {
    fc.assert(
      fc.property(side, side, resize, fc.double({ min: 0, max: 1, noNaN: true }), (width, height, chosen, part) => {
        const preprocessing = { ...letterbox(64, false), resize: chosen };
        const transform = pictureTransform({ width, height }, imageGeometry({ width, height }, preprocessing));
        const point = Float32Array.of(part * width, part * height);
        const back = pointsToPicture(pointsToModel(point, transform), transform);
        expect(Math.abs((back[0] as number) - (point[0] as number))).toBeLessThan(1e-3 * width + 1e-2);
        expect(Math.abs((back[1] as number) - (point[1] as number))).toBeLessThan(1e-3 * height + 1e-2);
      }),
    );
  });
});

function letterbox(side: number, auto: boolean): ImagePreprocessing {
  return {
    arithmetic: "opencv",
    convert_rgb: true,
    resize: { letterbox: { width: side, height: side, auto } },
    filter: "bilinear",
    crop_rounding: "floor",
    rescale_factor: 1 / 255,
  };
}
