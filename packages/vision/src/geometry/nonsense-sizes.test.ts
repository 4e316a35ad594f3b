import { isModelError } from "@menagerie/core";
import { expect, test } from "vitest";
import { gaussianBlur } from "../opencv/gaussian-blur.ts";
import { opencvResizePlane } from "../opencv/opencv-resize.ts";
import { resample } from "../resample/resample.ts";
import { letterboxGeometry } from "./letterbox.ts";
import { inferredTransform } from "./picture-transform.ts";

const nonsense = [Number.NaN, 0, -1, 1.5, 2 ** 31, Number.POSITIVE_INFINITY];
const image = { data: new Uint8Array(12), width: 2, height: 2 };
const plane = { data: new Float32Array(4), width: 2, height: 2 };
const pillow = { filter: "bicubic", arithmetic: "pillow-13" } as const;
const whole = { width: 4, height: 4 };

test.each<[string, (side: number) => unknown]>([
  ["a resampled size", (side) => resample(image, { width: side, height: 4, ...pillow })],
  ["a picture's size", (side) => resample({ ...image, width: side }, { ...whole, ...pillow })],
  [
    "a window's edge",
    (side) => resample(image, { ...whole, ...pillow, window: { left: 0, top: 0, right: side, bottom: 4 } }),
  ],
  ["a letterbox", (side) => letterboxGeometry(whole, { width: 4, height: side })],
  ["a picture in a letterbox", (side) => letterboxGeometry({ width: side, height: 4 }, whole)],
  ["a letterbox's stride", (side) => letterboxGeometry(whole, { ...whole, auto: true, stride: side })],
  ["an inferred letterbox", (side) => inferredTransform({ width: 4, height: side }, whole)],
  ["a blurred plane", (side) => gaussianBlur({ ...plane, width: side }, 3, 1)],
  ["a blur's width", (side) => gaussianBlur(plane, side, 1)],
  ["a resized plane", (side) => opencvResizePlane({ ...plane, width: side }, { ...whole, interpolation: "nearest" })],
])("%s that makes no sense is refused with a code", (_, use) => {
  for (const side of nonsense)
    expect(
      refused(() => use(side)),
      String(side),
    ).toBe(true);
  expect(refused(() => use(-3))).toBe(true);
});

test("and so is data of another length than its sides say", () => {
  expect(refused(() => resample({ ...image, data: new Uint8Array(11) }, { ...whole, ...pillow }))).toBe(true);
  expect(refused(() => gaussianBlur({ ...plane, data: new Float32Array(5) }, 3, 1))).toBe(true);
  expect(refused(() => gaussianBlur(plane, 3, Number.NaN))).toBe(true);
});

function refused(use: () => unknown): boolean {
  try {
    use();
    return false;
  } catch (error) {
    return isModelError(error);
  }
}
