import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { overlappingWindows, plainWindows } from "./recording-windows.ts";

type Row = readonly [start: number, end: number, left: number, right: number, isLast: boolean];
const references: readonly (readonly [readonly [number, number, number, number], readonly Row[]])[] = JSON.parse(
  readFileSync(new URL("../../fixtures/front-ends.json", import.meta.url), "utf8"),
).chunks;

describe("overlappingWindows", () => {
  it.each(references)("are those of transformers' chunk_iter: %j", ([samples, chunk, left, right], rows) => {
    const options = { sampleRate: 100, seconds: chunk / 100, strideSeconds: [left / 100, right / 100] } as const;
    const windows = overlappingWindows(samples, options);
    expect(windows.map((one) => [one.start, one.end, one.strideLeft, one.strideRight, one.isLast])).toEqual(rows);
  });

  it("trust each sample to one window, whatever the lengths", () => {
    const lengths = fc.record({
      samples: fc.integer({ min: 1, max: 5000 }),
      window: fc.integer({ min: 3, max: 900 }),
      left: fc.nat(300),
      right: fc.nat(300),
    });
    fc.assert(
      fc.property(lengths, ({ samples, window, left, right }) => {
        fc.pre(left + right < window);
        const options = {
          sampleRate: 1000,
          seconds: window / 1000,
          strideSeconds: [left / 1000, right / 1000],
        } as const;
        let next = 0;
        for (const { start, end, strideLeft, strideRight } of overlappingWindows(samples, options)) {
          expect(start + strideLeft).toBe(next);
          next = end - strideRight;
        }
        // What a window left out would have held, the one before it has beyond its right stride.
        expect(samples - next).toBeLessThanOrEqual(right);
      }),
    );
  });

  it("overlap by a sixth at each side unless told otherwise, in multiples of what is asked for", () => {
    const [first, second] = overlappingWindows(1_000_000, { sampleRate: 16_000, seconds: 30, alignTo: 320 });
    expect(first).toEqual({ start: 0, end: 480_000, strideLeft: 0, strideRight: 80_000, isLast: false });
    expect(second?.start).toBe(320_000);
  });

  it("are refused where they would not advance, or would be too many", () => {
    const options = { sampleRate: 1000, seconds: 1, strideSeconds: [0.5, 0.5] } as const;
    for (const wrong of [{}, { seconds: Number.NaN }, { seconds: 0 }, { strideSeconds: [-1, 0] as const }]) {
      expect(() => overlappingWindows(5000, { ...options, ...wrong })).toThrowError(
        expect.objectContaining({ code: "model_spec_invalid" }),
      );
    }
    expect(() => plainWindows(2 ** 30, { sampleRate: 1000, seconds: 0.001 })).toThrowError(
      expect.objectContaining({ code: "model_spec_invalid", message: expect.stringContaining("more than a million") }),
    );
    expect(() => plainWindows(0, { sampleRate: 1000, seconds: 1 })).toThrowError(
      expect.objectContaining({ code: "input_invalid" }),
    );
  });
});

describe("plainWindows", () => {
  it("lie side by side, the last one cut", () => {
    const windows = plainWindows(2500, { sampleRate: 1000, seconds: 1 });
    expect(windows.map(({ start, end }) => [start, end])).toEqual([
      [0, 1000],
      [1000, 2000],
      [2000, 2500],
    ]);
  });
});
