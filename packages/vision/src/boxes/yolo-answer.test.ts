import { type Tensor, toFloat16 } from "@menagerie/core";
import { expect, test } from "vitest";
import { yoloAnswer } from "./yolo-answer.ts";

/** Two classes and one coefficient of a mask at two places. */
const answer = (scores: readonly [number, number, number, number]): Tensor => ({
  type: "float32",
  shape: [1, 7, 2],
  data: Float32Array.of(...[10, 20, 10, 20, 4, 4, 4, 4], ...scores, ...[-3, 7]),
});
const read = (tensor: Tensor) => yoloAnswer({ name: "model" }, tensor, { classes: 2, extras: 1 });

test("scores from 0 to 1 pass, half precision's rounding included, whatever boxes and coefficients are", () => {
  expect(read(answer([0, 1, 0.5, 0.25])).anchors).toBe(2);
  const { data, shape } = answer([0, 1, 0.5, 0.25]);
  expect(read({ type: "float16", shape, data: toFloat16(data as Float32Array) }).rows).toBe(7);
  expect(read(answer([1.0005, 0, 0, 0])).anchors).toBe(2);
});

test("a graph without its sigmoid is refused: its scores would lie below every threshold, or above", () => {
  for (const scores of [
    [-6, -4, -5, -9],
    [0.5, 3.25, 0.1, 0.2],
  ] as const)
    expect(() => read(answer(scores))).toThrow(/The graph "model" gave scores from .* in "output0"; .* sigmoid/);
});
