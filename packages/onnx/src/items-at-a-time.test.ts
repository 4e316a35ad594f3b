import { expect, test } from "vitest";
import { itemsAtATime } from "./items-at-a-time.ts";

const header = (pictures: number | string, texts: number | string) => ({
  inputs: {
    pixel_values: { dtype: "float32" as const, shape: [pictures, 3, 8, 8] },
    input_ids: { dtype: "int64" as const, shape: [texts, "sequence"] },
  },
});

test("a graph whose first axes are free takes as many as memory allows", () => {
  expect(itemsAtATime([header("images", "texts")], 16)).toBe(16);
  // Axes without a name are called after their position.
  expect(itemsAtATime([header("axis_0", "axis_0")], 16)).toBe(16);
});

test("a graph takes one at a time where an axis is fixed, or pictures and texts must be as many", () => {
  expect(itemsAtATime([header(1, "texts")], 16)).toBe(1);
  expect(itemsAtATime([header("images", 1)], 16)).toBe(1);
  expect(itemsAtATime([header("batch", "batch")], 16)).toBe(1);
});
