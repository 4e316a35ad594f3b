import { readFileSync } from "node:fs";
import { decodeImage, type RgbImage } from "@menagerie/vision";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brisqueFeatures } from "./brisque-features.ts";
import { brisqueScore, readBrisqueRegression } from "./brisque-score.ts";
import { liveFeatures } from "./live-features.ts";
import { OpencvYml } from "./opencv-yml.ts";

interface Reference {
  readonly file: string;
  readonly score: number;
  readonly features: readonly number[];
}

const fixtures = new URL("../fixtures/", import.meta.url);
const references: readonly Reference[] = JSON.parse(readFileSync(new URL("reference.json", fixtures), "utf8"));

describe("brisqueFeatures", () => {
  it.each(references)("of $file are OpenCV's to five digits", async ({ file, features }) => {
    const found = brisqueFeatures(await decodeImage(readFileSync(new URL(file, fixtures))));
    expect(found).toHaveLength(36);
    for (const [i, expected] of features.entries()) {
      expect(Math.abs((found[i] as number) - expected), `feature ${i}: ${found[i]}, not ${expected}`).toBeLessThan(
        Math.abs(expected) * 1e-5 + 1e-7,
      );
    }
  });

  it("calls a few pixels of noise too small, and not flat", () => {
    for (const side of [2, 3, 4]) {
      const noise = {
        data: Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 89) % 251),
        width: side,
        height: side,
      };
      const tooSmall = expect.objectContaining({
        code: "input_invalid",
        message: expect.stringMatching(/is too small: .* at least 16 x 16 pixels/),
      });
      expect(() => brisqueFeatures(noise)).toThrowError(tooSmall);
      expect(() => liveFeatures(noise)).toThrowError(tooSmall);
    }
  });

  it("refuses a flat picture of any level and size, instead of calling it perfect", () => {
    const size = fc.integer({ min: 1, max: 70 });
    fc.assert(
      fc.property(fc.nat(255), size, size, (level, width, height) => {
        const flat: RgbImage = { data: new Uint8Array(width * height * 3).fill(level), width, height };
        expect(() => brisqueFeatures(flat)).toThrowError(
          expect.objectContaining({ code: "input_invalid", message: expect.stringContaining("is flat") }),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("gives 36 numbers or a refusal for any picture, never a value that is not a number", () => {
    const side = fc.integer({ min: 1, max: 12 });
    const picture = fc.tuple(side, side).chain(([width, height]) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        data: fc.uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 }),
      }),
    );
    fc.assert(
      fc.property(picture, (image) => {
        try {
          expect(brisqueFeatures(image).every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: "input_invalid" });
        }
      }),
    );
  });
});

describe("brisqueScore", () => {
  const read = (file: string): OpencvYml =>
    new OpencvYml(readFileSync(new URL(file, fixtures), "utf8"), file, "model_load_failed");
  const regression = readBrisqueRegression(read("brisque_model.yml"), read("brisque_range.yml"));

  it.each(references)("of $file is OpenCV's within a hundredth of a point", async ({ file, score }) => {
    const found = brisqueScore(regression, await decodeImage(readFileSync(new URL(file, fixtures))));
    expect(Math.abs(found - score)).toBeLessThan(0.01);
  });
});
