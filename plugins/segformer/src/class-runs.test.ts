import { encodeRuns } from "@menagerie/vision";
import fc from "fast-check";
import { expect, test } from "vitest";
import { classRuns } from "./class-runs.ts";

test("the runs of every class are those of its mask alone", () => {
  const sides = fc.record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) });
  const maps = sides.chain(({ width, height }) =>
    fc
      .array(fc.constantFrom(0, 1, 2, 255), { minLength: width * height, maxLength: width * height })
      .map((values) => ({ data: Uint8Array.from(values), width, height })),
  );
  fc.assert(
    fc.property(maps, (map) => {
      const expected = [...new Set(map.data)].map((index) => [
        index,
        encodeRuns({ ...map, data: map.data.map((value) => (value === index ? 1 : 0)) }).counts,
      ]);
      expect(new Map(expected as [number, number[]][])).toEqual(classRuns(map));
    }),
  );
});
