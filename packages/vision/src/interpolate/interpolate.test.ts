import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededFloats } from "../../fixtures/resample-cases.ts";
import { type InterpolateOptions, interpolate } from "./interpolate.ts";

interface Reference {
  readonly seed: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly options: InterpolateOptions;
  readonly shape: readonly [number, number, number];
  /** First channel of the result, float32 little-endian. */
  readonly result: string;
}

const references: readonly Reference[] = JSON.parse(
  readFileSync(new URL("../../fixtures/interpolate.json", import.meta.url), "utf8"),
);

describe("interpolate", () => {
  it.each(["nearest", "nearest-exact", "bilinear", "bicubic"])("gives torch's values, %s", (mode) => {
    const cases = references.filter(({ options }) => options.mode === mode);
    expect(cases.length).toBeGreaterThan(25);
    let worst = 0;
    for (const { seed, channels, height, width, options, shape, result } of cases) {
      const data = seededFloats(seed, channels * height * width);
      const planes = interpolate({ data, channels, height, width }, options);
      expect([planes.channels, planes.height, planes.width], JSON.stringify(options)).toEqual(shape);
      const expected = new Float32Array(Uint8Array.from(Buffer.from(result, "base64")).buffer);
      for (const [i, value] of expected.entries())
        worst = Math.max(worst, Math.abs(value - (planes.data[i] as number)));
    }
    // Values lie in -8..8, so this is one part in a million of their range.
    expect(worst).toBeLessThanOrEqual({ bilinear: 4e-6, bicubic: 16e-6 }[mode] ?? 0);
  });

  it("keeps a constant constant", () => {
    const side = fc.integer({ min: 1, max: 20 });
    const mode = fc.constantFrom("nearest", "bilinear", "bicubic");
    fc.assert(
      fc.property(side, side, side, side, mode, fc.boolean(), (height, width, newHeight, newWidth, chosen, aligned) => {
        const planes = { data: new Float32Array(height * width).fill(3), channels: 1, height, width };
        const options = { width: newWidth, height: newHeight, mode: chosen as "bilinear", align_corners: aligned };
        // Sums of 32-bit weights: torch 2's own is off by 3.8e-6 where two by two become twenty by twenty, bicubic and aligned.
        for (const value of interpolate(planes, options).data) expect(Math.abs(value - 3)).toBeLessThan(8e-6);
      }),
    );
  });

  it("refuses a result without pixels and data that is not of the shape", () => {
    const planes = { data: new Float32Array(4), channels: 1, height: 2, width: 2 };
    for (const [source, options] of [
      [planes, { width: 0, height: 3, mode: "bilinear" }],
      [planes, { scale_factor: 0.2, mode: "bilinear" }],
      [planes, { scale_factor: Number.NaN, mode: "bilinear" }],
      [
        { ...planes, channels: 2 },
        { width: 3, height: 3, mode: "nearest" },
      ],
    ] as const)
      expect(() => interpolate(source, options)).toThrow(expect.objectContaining({ code: "input_invalid" }));
  });
});
