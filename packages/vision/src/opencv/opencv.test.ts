import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { seededPicture } from "../../fixtures/resample-cases.ts";
import type { FloatPlane } from "../float-plane.ts";
import { gaussianBlur } from "./gaussian-blur.ts";
import { opencvGrey } from "./opencv-grey.ts";
import { opencvResizePlane } from "./opencv-resize.ts";

interface Reference {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly kind: number;
  readonly grey: string;
  readonly blurred: string;
  readonly half: string;
  readonly larger: string;
}

const references: readonly Reference[] = JSON.parse(
  readFileSync(new URL("../../fixtures/opencv.json", import.meta.url), "utf8"),
);

describe.each(references)("like OpenCV, on $width x $height of kind $kind,", (reference) => {
  const { seed, width, height, kind } = reference;
  const grey = opencvGrey(seededPicture(seed, width, height, kind), 1 / 255);

  it("grey is equal to the bit", () => {
    expect(digest(grey)).toBe(reference.grey);
  });

  it("the blur is equal to the bit in every column that OpenCV computes in vectors", () => {
    expect(digest(leftColumns(gaussianBlur(grey, 7, 7 / 6), width - (width % 8)))).toBe(reference.blurred);
  });

  it("the cubic resize is equal to the bit, down and up", () => {
    expect(digest(cubic(grey, Math.trunc(width / 2), Math.trunc(height / 2)))).toBe(reference.half);
    expect(digest(cubic(grey, width + 5, height * 2))).toBe(reference.larger);
  });
});

describe("gaussianBlur", () => {
  it("weighs all columns alike up to the last bit: a mirrored picture gives the mirrored blur", () => {
    const grey = opencvGrey(seededPicture(3, 43, 21, 0), 1 / 255);
    const blurred = gaussianBlur(mirrored(grey), 7, 7 / 6);
    const expected = mirrored(gaussianBlur(grey, 7, 7 / 6));
    for (const [i, value] of blurred.data.entries()) expect(value).toBeCloseTo(expected.data[i] as number, 6);
  });
});

function cubic(plane: FloatPlane, width: number, height: number): FloatPlane {
  return opencvResizePlane(plane, { width, height, interpolation: "bicubic" });
}

function leftColumns({ data, width, height }: FloatPlane, columns: number): FloatPlane {
  const left = new Float32Array(columns * height);
  for (let y = 0; y < height; y++) left.set(data.subarray(y * width, y * width + columns), y * columns);
  return { data: left, width: columns, height };
}

function mirrored({ data, width, height }: FloatPlane): FloatPlane {
  const result = data.map((_, i) => data[i - (i % width) + width - 1 - (i % width)] as number);
  return { data: result, width, height };
}

function digest({ data }: FloatPlane): string {
  return createHash("sha256")
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest("hex")
    .slice(0, 16);
}
