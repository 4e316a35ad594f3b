import { readFileSync } from "node:fs";
import { mixedInteger } from "@menagerie/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { interpolate } from "../interpolate/interpolate.ts";
import type { Mask } from "./mask.ts";
import { cropMask, maskArea, maskBox, maskOverlap } from "./mask-measures.ts";
import { polygonMask } from "./polygon-mask.ts";
import { decodeRuns, encodeRuns, packRuns, type RunLengths, unpackRuns } from "./run-lengths.ts";
import { modelMaskRuns, modelMasks, pictureMasks } from "./yolo-masks.ts";

interface YoloMasks {
  readonly seed: number;
  /** Channels, height, width. */
  readonly prototypes: readonly [number, number, number];
  /** Height, width. */
  readonly picture: readonly [number, number];
  readonly coefficients: readonly number[];
  readonly model_boxes: readonly number[];
  readonly model_masks: readonly string[];
  readonly picture_boxes: readonly number[];
  readonly picture_masks: readonly string[];
}

interface CocoMask {
  readonly seed: number;
  readonly height: number;
  readonly width: number;
  readonly block: number;
  readonly counts: string;
  readonly area: number;
}

interface Polygons {
  readonly width: number;
  readonly height: number;
  readonly polygons: readonly (readonly number[])[];
  readonly counts: string;
}

const references: { yolo: readonly YoloMasks[]; runs: readonly CocoMask[]; polygons: readonly Polygons[] } = JSON.parse(
  readFileSync(new URL("../../fixtures/masks.json", import.meta.url), "utf8"),
);

const refused = expect.objectContaining({ code: "input_invalid" });
const side = fc.integer({ min: 1, max: 30 });
const masks: fc.Arbitrary<Mask> = fc
  .tuple(side, side)
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height, maxLength: width * height, max: 1 })
      .map((data) => ({ data: new Uint8Array(data), width, height })),
  );

describe("YOLO's masks", () => {
  it("are those of ultralytics at the size of the model's input and of the picture", () => {
    let different = 0;
    let set = 0;
    for (const reference of references.yolo) {
      const [channels, height, width] = reference.prototypes;
      const prototypes = { data: waves(reference.seed, channels, height, width), channels, height, width };
      const coefficients = Float32Array.from(reference.coefficients);
      const [pictureHeight, pictureWidth] = reference.picture;
      const model = { width: 4 * width, height: 4 * height };
      const picture = { width: pictureWidth, height: pictureHeight };
      const pairs = [
        [
          modelMasks({ prototypes, coefficients, boxes: Float32Array.from(reference.model_boxes) }, model),
          reference.model_masks,
        ],
        [
          pictureMasks({ prototypes, coefficients, boxes: Float32Array.from(reference.picture_boxes) }, picture),
          reference.picture_masks,
        ],
      ] as const;
      for (const [found, expected] of pairs) {
        expect(found).toHaveLength(expected.length);
        for (const [i, mask] of found.entries()) {
          const other = decodeRuns({ size: [mask.height, mask.width], counts: expected[i] as string });
          set += maskArea(other);
          for (let at = 0; at < mask.data.length; at++) different += mask.data[at] === other.data[at] ? 0 : 1;
        }
      }
    }
    expect(set).toBeGreaterThan(100_000);
    expect(different).toBe(0);
  });

  it("are set where the enlarged prototypes are above 0, whatever numbers those are", () => {
    const odd = [0, -0, 1e-45, -1e-45, 1e-38, 3e38, -3e38, Number.NaN, Number.POSITIVE_INFINITY, -1, 1];
    const value = fc.constantFrom(...odd);
    const sides = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), side, side);
    fc.assert(
      fc.property(sides, fc.infiniteStream(value), ([width, height, across, down], values) => {
        const prototypes = { data: Float32Array.from(take(values, width * height)), channels: 1, width, height };
        const model = { width: across, height: down };
        const boxes = Float32Array.of(1, 2, across, down - 1);
        const [runs] = modelMaskRuns({ prototypes, coefficients: Float32Array.of(1), boxes }, model);
        const isSame = across === width && down === height;
        const { data } = interpolate(prototypes, { ...model, mode: isSame ? "nearest" : "bilinear" });
        const whole = { data: Uint8Array.from(data, (logit) => (logit > 0 ? 1 : 0)), ...model };
        const mask = cropMask(whole, [1, 2, across, down - 1]);
        expect(runs).toEqual({ ...encodeRuns(mask), area: maskArea(mask) });
      }),
    );
  });

  it("are none where there is no box, and refused where the shapes do not fit", () => {
    const prototypes = { data: new Float32Array(2 * 16), channels: 2, height: 4, width: 4 };
    const none = { prototypes, coefficients: new Float32Array(), boxes: new Float32Array() };
    expect(modelMasks(none, { width: 16, height: 16 })).toEqual([]);
    expect(pictureMasks(none, { width: 9, height: 7 })).toEqual([]);
    const short = { prototypes, coefficients: new Float32Array(3), boxes: new Float32Array(8) };
    expect(() => modelMasks(short, { width: 16, height: 16 })).toThrow(refused);
    expect(() => modelMasks(none, { width: 0, height: 16 })).toThrow(refused);
  });

  it("are empty where a box is no box", () => {
    const prototypes = { data: new Float32Array(16).fill(1), channels: 1, height: 4, width: 4 };
    const boxes = Float32Array.of(Number.NaN, 0, 9, 9, 9, 9, 2, 2, -50, -50, -10, -10);
    const found = modelMasks({ prototypes, coefficients: Float32Array.of(1, 1, 1), boxes }, { width: 16, height: 16 });
    expect(found.map(maskArea).slice(1)).toEqual([0, 0]);
  });
});

describe("run lengths", () => {
  it("are those of pycocotools, as numbers and as a string", () => {
    for (const { seed, height, width, block, counts, area } of references.runs) {
      const data = Uint8Array.from({ length: height * width }, (_, i) =>
        seed < 2 ? seed : mixedInteger(Math.floor(i / block) + seed * 77_777) & 1,
      );
      const runs = encodeRuns({ data, width, height });
      expect(packRuns(runs.counts)).toBe(counts);
      expect(unpackRuns(counts)).toEqual(runs.counts);
      const decoded = decodeRuns({ size: [height, width], counts });
      expect(decoded.data).toEqual(data);
      expect(maskArea(decoded)).toBe(area);
    }
  });

  it("give every mask back", () => {
    fc.assert(
      fc.property(masks, (mask) => {
        const runs = encodeRuns(mask);
        expect(decodeRuns(runs)).toEqual(mask);
        expect(decodeRuns({ size: runs.size, counts: packRuns(runs.counts) })).toEqual(mask);
      }),
    );
  });

  it("give every list of runs back from its string, however long they are", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 31 })), (counts) => {
        expect(unpackRuns(packRuns(counts))).toEqual(counts);
      }),
    );
  });

  it("are refused where they are no mask, whatever they are", () => {
    const bad: RunLengths[] = [
      { size: [2, 2], counts: [1, 2] },
      { size: [2, 2], counts: [-1, 5] },
      { size: [2, 2], counts: [1.5, 2.5] },
      { size: [0, 2], counts: [] },
      { size: [2, 2], counts: "P" },
      { size: [2, 2], counts: "\u0000" },
      { size: [2, 2], counts: "o".repeat(100) },
    ];
    for (const run of [Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5])
      expect(() => packRuns([1, run])).toThrow(refused);
    for (const runs of bad) expect(() => decodeRuns(runs), JSON.stringify(runs)).toThrow(refused);
    fc.assert(
      fc.property(fc.string(), (counts) => {
        try {
          decodeRuns({ size: [3, 4], counts });
        } catch (error) {
          expect(error).toEqual(refused);
        }
      }),
    );
  });
});

describe("polygonMask", () => {
  it("paints the pixels that Pillow paints, of 120 polygons inside and across the border", () => {
    const different = references.polygons.filter(({ width, height, polygons, counts }) => {
      const { counts: runs } = encodeRuns(polygonMask(polygons, { width, height }));
      return packRuns(runs) !== counts;
    });
    expect(different).toEqual([]);
  });

  it("paints nothing of nothing, refuses half a point, and bears any number", () => {
    expect(maskArea(polygonMask([[], [3, 4]], { width: 9, height: 9 }))).toBe(0);
    for (const points of [
      [1, 2, 3],
      [1, 2, Number.NaN, 4],
    ])
      expect(() => polygonMask([points], { width: 9, height: 9 })).toThrow(refused);
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.double({ noNaN: true, noDefaultInfinity: true }),
            fc.double({ noNaN: true, noDefaultInfinity: true }),
          ),
        ),
        (points) => {
          polygonMask([points.flat()], { width: 7, height: 9 });
        },
      ),
    );
  });
});

describe("measures of masks", () => {
  it("agree with each other", () => {
    fc.assert(
      fc.property(masks, (mask) => {
        const box = maskBox(mask);
        if (box === undefined) expect(maskArea(mask)).toBe(0);
        else expect(maskArea(cropMask(mask, box))).toBe(maskArea(mask));
        expect(maskOverlap(mask, mask)).toBe(box === undefined ? 0 : 1);
        expect(maskArea(cropMask(mask, [0, 0, 0, 0]))).toBe(0);
      }),
    );
  });

  it("refuse masks of two sizes, and data that is not of the size", () => {
    const mask = { data: new Uint8Array(6), width: 2, height: 3 };
    expect(() => maskOverlap(mask, { ...mask, width: 3, height: 2 })).toThrow(refused);
    expect(() => encodeRuns({ ...mask, width: 5 })).toThrow(refused);
  });
});

function* take(values: Iterable<number>, count: number): Iterable<number> {
  let taken = 0;
  for (const value of values) {
    if (taken++ === count) return;
    yield value;
  }
}

/** `smooth` of tools/export/vision/masks.py. */
function waves(seed: number, channels: number, height: number, width: number): Float32Array {
  return Float32Array.from({ length: channels * height * width }, (_, i) => {
    const x = i % width;
    const y = Math.floor(i / width) % height;
    const c = Math.floor(i / (width * height));
    const phase = (x * (1 + ((c + seed) % 5)) + y * (1 + ((c * 3 + seed) % 4)) + c * 17) % 64;
    return (Math.abs(phase - 32) - 16) / 16;
  });
}
