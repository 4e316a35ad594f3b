import { expect, test } from "vitest";
import { hundredths, roundHalfEven } from "./rounding.ts";

test("numbers are rounded as Python rounds them", () => {
  // [round(x) for x in …], [round(x, 2) for x in …] of Python 3.11
  expect([0.5, 1.5, 2.5, 2.4999, 13333.5].map(roundHalfEven)).toEqual([0, 2, 2, 2, 13334]);
  expect([0.125, 0.375, 1.005, 2.675, 0.115, 12.2, 3.625].map(hundredths)).toEqual([
    0.12, 0.38, 1, 2.67, 0.12, 12.2, 3.62,
  ]);
});
