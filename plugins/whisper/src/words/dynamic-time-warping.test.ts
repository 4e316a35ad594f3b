import { expect, test } from "vitest";
import { dynamicTimeWarping } from "./dynamic-time-warping.ts";

const path = (costs: number[], rows: number, columns: number) => {
  const found = dynamicTimeWarping(Float32Array.from(costs), rows, columns);
  return [[...found.rows], [...found.columns]];
};

// whisper.timing.dtw_cpu of openai/whisper 20250625
test("the cheapest path is found, and of equal ones the one that openai/whisper takes", () => {
  expect(path([1, 2, 3, 4, 9, 5, 1, 1, 3, 8, 7, 6, 2, 0, 1, 4, 4, 4, 4, 0.5], 4, 5)).toEqual([
    [0, 1, 1, 2, 3],
    [0, 1, 2, 3, 4],
  ]);
  expect(path(new Array(12).fill(0), 3, 4)).toEqual([
    [0, 1, 2, 2, 2, 2],
    [0, 0, 0, 1, 2, 3],
  ]);
  expect(path([1, 1, 1], 1, 3)).toEqual([
    [0, 0, 0],
    [0, 1, 2],
  ]);
});

test("a matrix without columns has the path of dtw_cpu, which lies before its start", () => {
  // openai/whisper 20250625: dtw_cpu(numpy.zeros((2, 0))) is [[0, 1], [-1, -1]].
  expect(dynamicTimeWarping(new Float32Array(0), 2, 0)).toEqual({
    rows: Int32Array.of(0, 1),
    columns: Int32Array.of(-1, -1),
  });
});
