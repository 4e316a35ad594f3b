import { expect, test } from "vitest";
import { halfPrecision } from "./half-precision.ts";

// numpy's float32 to float16, as bits
const halves: readonly (readonly [number, number])[] = [
  [0, 0],
  [-0, 32_768],
  [1, 15_360],
  [-1, 48_128],
  [0.1, 11_878],
  [-1.5, 48_640],
  [1.000_488_281_25, 15_360],
  [1.001_464_843_75, 15_362],
  [65_504, 31_743],
  [65_519, 31_743],
  [65_520, 31_744],
  [-70_000, 64_512],
  [6e-5, 1007],
  [2 ** -14, 1024],
  [3e-8, 1],
  [2 ** -25, 0],
  [3 * 2 ** -25, 2],
  [1 / 3, 13_653],
];

test("numbers are rounded to half precision as numpy rounds them, ties, small ones and too large ones included", () => {
  const rounded = halfPrecision(Float32Array.from(halves, ([value]) => value));
  expect([...rounded]).toEqual(halves.map(([, bits]) => bits));
  expect((halfPrecision(Float32Array.of(Number.NaN))[0] ?? 0) & 0x7fff).toBe(0x7e00);
});
