import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resampleCase, seededPicture } from "../../fixtures/resample-cases.ts";
import type { ResampleArithmetic, ResampleFilter } from "../preprocessing/image-preprocessing.ts";
import { resample } from "./resample.ts";
import { scalarPasses } from "./resample-pass.ts";
import { fastestPasses } from "./resample-simd.ts";

const all: readonly ResampleFilter[] = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"];
const references: readonly [ResampleArithmetic, readonly ResampleFilter[]][] = [
  ["pillow-12", all],
  ["pillow-13", all],
  ["torchvision", ["nearest", "bilinear", "bicubic", "lanczos"]],
];

describe("resample", () => {
  it.each(references)("gives the bytes that %s gives, on 2,000 seeded cases", (arithmetic, filters) => {
    const hashes = readFileSync(new URL(`../../fixtures/resample-${arithmetic}.txt`, import.meta.url), "utf8")
      .trim()
      .split("\n");
    const different: string[] = [];
    hashes.forEach((hash, number) => {
      const { image, width, height, filter } = resampleCase(number, filters);
      const result = resample(image, { width, height, filter, arithmetic });
      if (sha256(result.data).slice(0, 12) === hash) return;
      different.push(`${number}: ${filter} ${image.width}x${image.height} to ${width}x${height}`);
    });
    expect(hashes).toHaveLength(2000);
    expect(different).toEqual([]);
  });

  it.each(references)("gives the bytes of %s without vectors too", (arithmetic, filters) => {
    const hashes = readFileSync(new URL(`../../fixtures/resample-${arithmetic}.txt`, import.meta.url), "utf8")
      .trim()
      .split("\n");
    hashes.forEach((hash, number) => {
      const { image, width, height, filter } = resampleCase(number, filters);
      const result = resample(image, { width, height, filter, arithmetic }, scalarPasses);
      expect(sha256(result.data).slice(0, 12), `case ${number}`).toBe(hash);
    });
  });

  it("runs on vectors where the engine has them, as every supported Node.js does", () => {
    expect(fastestPasses()).not.toBe(scalarPasses);
  });

  it.each(references)(
    "gives the same bytes of pictures larger than one portion, with and without vectors: %s",
    (arithmetic) => {
      for (const [w, h, width, height] of [
        [1500, 700, 224, 224],
        [700, 1900, 224, 300],
        [300, 900, 1201, 333],
        [5000, 3, 100, 7],
        [3, 5000, 9, 100],
      ] as const) {
        for (const filter of ["bilinear", "bicubic", "lanczos"] as const) {
          const image = seededPicture(w, w, h, 1);
          const options = {
            width,
            height,
            filter,
            arithmetic,
            window: { left: 1, top: 2, right: width - 2, bottom: height - 1 },
          };
          expect(sha256(resample(image, options).data)).toBe(sha256(resample(image, options, scalarPasses).data));
        }
      }
    },
  );

  it("gives a window of the result as the whole result has it", () => {
    const side = fc.integer({ min: 1, max: 60 });
    const sizes = fc.record({ from: fc.tuple(side, side), to: fc.tuple(side, side), seed: fc.nat(1000) });
    const cut = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(
        sizes,
        cut,
        cut,
        fc.constantFrom(...references),
        fc.nat(5),
        ({ from, to, seed }, across, down, reference, pick) => {
          const [arithmetic, filters] = reference;
          const filter = filters[pick % filters.length] as ResampleFilter;
          const image = seededPicture(seed, from[0], from[1], 0);
          const [left, right] = range(across, to[0]);
          const [top, bottom] = range(down, to[1]);
          const options = { width: to[0], height: to[1], filter, arithmetic };
          const whole = resample(image, options);
          const part = resample(image, { ...options, window: { left, top, right, bottom } });
          expect([part.width, part.height]).toEqual([right - left, bottom - top]);
          for (let y = top; y < bottom; y++) {
            const row = whole.data.subarray((y * to[0] + left) * 3, (y * to[0] + right) * 3);
            expect(part.data.subarray((y - top) * row.length, (y - top + 1) * row.length)).toEqual(row);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("keeps a picture of one colour as it is, whatever the sizes", () => {
    const side = fc.integer({ min: 1, max: 200 });
    fc.assert(
      fc.property(
        side,
        side,
        side,
        side,
        fc.nat(255),
        fc.constantFrom(...all.slice(1)),
        (w, h, width, height, level, filter) => {
          const image = { data: new Uint8Array(w * h * 3).fill(level), width: w, height: h };
          const result = resample(image, { width, height, filter, arithmetic: "pillow-13" });
          expect(result.data.every((value) => value === level)).toBe(true);
        },
      ),
    );
  });

  it("refuses a filter that torchvision does not have, naming those it has", () => {
    const image = seededPicture(1, 4, 4, 0);
    expect(() => resample(image, { width: 2, height: 2, filter: "box", arithmetic: "torchvision" })).toThrowError(
      expect.objectContaining({
        code: "model_spec_invalid",
        message: expect.stringContaining("nearest, bilinear, bicubic and lanczos"),
      }),
    );
  });
});

function range([a, b]: [number, number], length: number): [number, number] {
  const first = Math.min(Math.floor(a * length), length - 1);
  return [first, Math.min(length, first + 1 + Math.floor(b * (length - first)))];
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
