import { expect, test } from "vitest";
import { DepthMap } from "./depth-map.ts";
import { nearestFirst } from "./nearest-first.ts";
import { proximityOf } from "./proximity.ts";

/** Rows from the top. */
const mapOf = (rows: readonly (readonly number[])[], near: "larger" | "smaller" = "larger"): DepthMap => {
  const values = rows.flat();
  // Four bytes of something else before, so that an offset is not forgotten.
  const depth = new Uint8Array(Float32Array.of(99, ...values).buffer, 4);
  const [minimum, maximum] = [Math.min(...values), Math.max(...values)];
  return new DepthMap({ width: rows[0]?.length ?? 0, height: rows.length, depth, minimum, maximum, near });
};
const refused = expect.objectContaining({ code: "input_invalid" });

test("the largest inverse depth is the nearest, and where depth is distance the smallest is", () => {
  const rows = [
    [0, 2],
    [4, 8],
  ];
  const map = mapOf(rows);
  expect([map.at(0, 0), map.at(1, 0), map.at(0, 1), map.at(1, 1)]).toEqual([0, 0.25, 0.5, 1]);
  expect(mapOf(rows, "smaller").at(0, 0)).toBe(1);
  expect(proximityOf(map.at(1, 1))).toBe("very close");
  expect(proximityOf(map.at(0, 0))).toBe("very far");
});

test("a box is read with its last row and column, however small it is", () => {
  const map = mapOf([
    [0, 0, 0],
    [0, 5, 6],
    [0, 7, 10],
  ]);
  expect(map.within({ x1: 2, y1: 2, x2: 3, y2: 3 })).toBe(1);
  expect(map.within({ x1: 1, y1: 1, x2: 3, y2: 3 }, "nearest")).toBe(1);
  expect(map.within({ x1: 1, y1: 1, x2: 3, y2: 3 }, "mean")).toBeCloseTo(0.7, 6);
  expect(map.within({ x1: 1, y1: 1, x2: 3, y2: 3 })).toBeCloseTo(0.65, 6);
  expect(map.within({ x1: 0, y1: 0, x2: 3, y2: 3 }, "center")).toBe(0.5);
  expect(map.within({ x1: 2.2, y1: 2.2, x2: 900, y2: 900 })).toBe(1);
});

test("nothing is said of a place outside the picture, or of bytes that are no map of it", () => {
  const map = mapOf([[1, 2]]);
  expect(() => map.within({ x1: 5, y1: 0, x2: 6, y2: 1 })).toThrow(refused);
  expect(() => map.within({ x1: 1, y1: 0, x2: 1, y2: 1 })).toThrow(refused);
  expect(() => map.at(2, 0)).toThrow(refused);
  const depth = new Uint8Array(4);
  expect(() => new DepthMap({ width: 2, height: 1, depth, minimum: 0, maximum: 1, near: "larger" })).toThrow(refused);
});

test("a flat picture is all at one distance", () => {
  expect(mapOf([[3, 3]]).within({ x1: 0, y1: 0, x2: 2, y2: 1 })).toBe(0.5);
  expect(proximityOf(0.5)).toBe("moderate distance");
});

test("boxes come the nearest first, with words, and the farthest is among them", () => {
  const map = mapOf([[0, 4, 10, 7, 2]]);
  const boxes = [0, 1, 2, 3, 4].map((x) => ({ x1: x, y1: 0, x2: x + 1, y2: 1 }));
  const ranked = nearestFirst(map, boxes);
  expect(ranked.map(({ index, proximity }) => [index, proximity])).toEqual([
    [2, "very close"],
    [3, "close"],
    [1, "far"],
    [4, "very far"],
    [0, "very far"],
  ]);
  expect(nearestFirst(map, boxes.slice(0, 1)).map(({ index }) => index)).toEqual([0]);
});
