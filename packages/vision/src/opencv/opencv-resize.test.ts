import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { opencvCase } from "../../fixtures/resample-cases.ts";
import { opencvResize, opencvResizePlane } from "./opencv-resize.ts";

const digests = readFileSync(new URL("../../fixtures/opencv-resize.txt", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => line.split(" ") as [string, string]);

describe("opencvResize", () => {
  it("gives OpenCV's bytes on 1,000 seeded cases of five interpolations", () => {
    const different = digests.flatMap(([bytes], number) => {
      const { image, ...options } = opencvCase(number);
      return digest(opencvResize(image, options).data) === bytes ? [] : [{ number, ...options }];
    });
    expect(different).toEqual([]);
    expect(digests).toHaveLength(1000);
  });

  it("gives OpenCV's float32 values of one channel on the same cases", () => {
    const different = digests.flatMap(([, floats], number) => {
      const { image, ...options } = opencvCase(number);
      const { width, height } = image;
      const data = Float32Array.from({ length: width * height }, (_, i) => (image.data[3 * i] as number) / 255);
      const result = opencvResizePlane({ data, width, height }, options).data;
      return digest(new Uint8Array(result.buffer)) === floats ? [] : [{ number, ...options }];
    });
    expect(different).toEqual([]);
  });

  it.each([
    [0, 5],
    [5, -1],
    [2.5, 2],
    [Number.NaN, 3],
  ])("refuses a result of %d x %d", (width, height) => {
    const image = { data: new Uint8Array(12), width: 2, height: 2 };
    const resize = (): unknown => opencvResize(image, { width, height, interpolation: "bilinear" });
    expect(resize).toThrow(expect.objectContaining({ code: "input_invalid" }));
  });

  it("refuses a picture without pixels", () => {
    const image = { data: new Uint8Array(), width: 0, height: 3 };
    const resize = (): unknown => opencvResize(image, { width: 2, height: 2, interpolation: "area" });
    expect(resize).toThrow(expect.objectContaining({ code: "input_invalid" }));
  });
});

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 12);
}
