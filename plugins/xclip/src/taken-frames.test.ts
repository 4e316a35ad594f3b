import fc from "fast-check";
import { expect, test } from "vitest";
import { takenFrames } from "./taken-frames.ts";

test("of fewer frames the last is shown again, of more they are spread evenly from the first on", () => {
  expect(takenFrames(1, 4)).toEqual([0, 0, 0, 0]);
  expect(takenFrames(3, 5)).toEqual([0, 1, 2, 2, 2]);
  expect(takenFrames(4, 4)).toEqual([0, 1, 2, 3]);
  expect(takenFrames(19, 8)).toEqual([0, 2, 4, 7, 9, 11, 14, 16]);
  expect(takenFrames(9, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test("as many are taken as the model takes, in the order of time, and gaps differ by one at most", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 256 }), fc.integer({ min: 1, max: 64 }), (count, frames) => {
      const taken = takenFrames(count, frames);
      expect(taken).toHaveLength(frames);
      const gaps = taken.slice(1).map((frame, i) => frame - (taken[i] ?? 0));
      expect(Math.min(...gaps, 0)).toBe(0);
      if (count > frames && frames > 1) expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
      expect(taken.every((frame) => frame >= 0 && frame < count)).toBe(true);
    }),
  );
});
