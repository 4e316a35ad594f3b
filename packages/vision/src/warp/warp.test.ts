import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { seededPicture } from "../../fixtures/resample-cases.ts";
import { alignFace } from "./align-face.ts";
import { opencvWarpAffine } from "./opencv-warp-affine.ts";
import { cropPose, poseFrame } from "./pose-crop.ts";
import { similarityBetween } from "./similarity.ts";

interface PoseCrop {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly box: readonly [number, number, number, number];
  readonly size: readonly [number, number];
  readonly digest: string;
}

interface Face {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly points: readonly number[];
  readonly matrix: readonly number[];
  /** Every seventh row of the aligned face. */
  readonly aligned: string;
}

const template = [38.2946, 51.6963, 73.5318, 51.5014, 56.0252, 71.7366, 41.5493, 92.3655, 70.7299, 92.2041];

describe("cropPose", () => {
  it("equals VitPoseImageProcessor to the bit, on 60 boxes inside, across and outside the picture", () => {
    const different = read<PoseCrop>("pose-crops").filter(({ seed, width, height, box, size, digest }) => {
      const [left, top, boxWidth, boxHeight] = box;
      const model = { width: size[0], height: size[1] };
      const frame = poseFrame({ left, top, width: boxWidth, height: boxHeight }, model);
      const { data } = cropPose(seededPicture(seed, width, height, seed % 3), frame, model);
      return createHash("sha256").update(data).digest("hex").slice(0, 12) !== digest;
    });
    expect(different).toEqual([]);
  });

  it.each([
    { left: 0, top: 0, width: 0, height: 5 },
    { left: 0, top: 0, width: 5, height: -1 },
    { left: Number.NaN, top: 0, width: 5, height: 5 },
    { left: 0, top: 0, width: Number.POSITIVE_INFINITY, height: 5 },
  ])("refuses the box %j", (box) => {
    expect(() => poseFrame(box, { width: 192, height: 256 })).toThrow(
      expect.objectContaining({ code: "input_invalid" }),
    );
  });
});

describe("alignFace", () => {
  it("finds skimage's similarity", () => {
    for (const { points, matrix } of read<Face>("faces")) {
      const found = similarityBetween(points, template);
      for (const [i, value] of matrix.entries()) expect(found[i]).toBeCloseTo(value, 4);
    }
  });

  it("is within one level of OpenCV's warp, and mostly equal", () => {
    let worst = 0;
    let different = 0;
    let count = 0;
    for (const { seed, width, height, matrix, aligned } of read<Face>("faces")) {
      const image = seededPicture(seed, width, height, 2);
      const { data } = opencvWarpAffine(image, matrix as never, { width: 112, height: 112 });
      for (const [i, level] of Buffer.from(aligned, "base64").entries()) {
        const row = Math.floor(i / 336) * 7;
        const difference = Math.abs(level - (data[row * 336 + (i % 336)] as number));
        worst = Math.max(worst, difference);
        different += difference > 0 ? 1 : 0;
        count++;
      }
    }
    expect(worst).toBeLessThanOrEqual(1);
    expect(different / count).toBeLessThan(0.002);
  });

  it("gives a face that lies on the template back as it is", () => {
    const image = seededPicture(1, 112, 112, 2);
    const { data } = alignFace(image, template);
    for (const [i, level] of data.entries()) expect(Math.abs(level - (image.data[i] as number))).toBeLessThanOrEqual(1);
  });

  it("refuses points in one place, too few of them, and those that are no numbers", () => {
    const image = seededPicture(1, 20, 20, 0);
    for (const points of [new Float32Array(10), [1, 2], [Number.NaN, ...template.slice(1)]])
      expect(() => alignFace(image, points)).toThrow(expect.objectContaining({ code: "input_invalid" }));
  });
});

function read<T>(name: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${name}.json`, import.meta.url), "utf8"));
}
