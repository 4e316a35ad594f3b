import { expect, test } from "vitest";
import { clipsOf } from "./clips.ts";

test("parts are starts and ends in turn, the last end being the recording's where it is left out", () => {
  expect(clipsOf(undefined, 500, 100)).toEqual([{ start: 0, end: 500 }]);
  expect(clipsOf([0.5, 3, 4], 500, 100)).toEqual([
    { start: 50, end: 300 },
    { start: 400, end: 500 },
  ]);
  expect(clipsOf([1, 99], 500, 100)).toEqual([{ start: 100, end: 500 }]);
});

test.each([
  [[2, 1], /has 1 s after 2 s/],
  [[1, 1], /has 1 s after 1 s/],
  [[0, 1, 5], /starts a part at 5 s, but the recording ends at 5 s/],
])("parts %j are refused", (seconds, message) => {
  expect(() => clipsOf(seconds, 500, 100)).toThrow(message);
});
