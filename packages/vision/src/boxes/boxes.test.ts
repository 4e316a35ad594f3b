import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { seededDetections } from "@menagerie/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type BoxFormat, convertBoxes } from "./box-format.ts";
import { boxOverlaps } from "./box-overlap.ts";
import { nonMaxSuppression } from "./non-max-suppression.ts";
import { weightedSuppression } from "./weighted-suppression.ts";
import { yoloDetections } from "./yolo-detections.ts";

interface Suppression {
  readonly seed: number;
  readonly count: number;
  readonly spread: number;
  readonly classes: number;
  readonly threshold: number;
  readonly agnostic: string;
  readonly by_class: string;
  readonly kept: readonly [number, number];
  readonly pixel_edge?: string;
  /** The first ten merged boxes. */
  readonly weighted?: readonly number[];
  readonly overlaps?: string;
}

interface YoloSuppression {
  readonly seed: number;
  readonly count: number;
  readonly spread: number;
  readonly classes: number;
  readonly agnostic: boolean;
  readonly overlap: number;
  readonly kept: number;
  readonly digest: string;
}

const references: {
  conversions: Record<string, string>;
  suppressions: readonly Suppression[];
  yolo: readonly YoloSuppression[];
} = JSON.parse(readFileSync(new URL("../../fixtures/boxes.json", import.meta.url), "utf8"));

describe("nonMaxSuppression", () => {
  // The crowd, of which 13,339 are kept, is a long test.
  it.each(references.suppressions.filter(({ kept }) => kept[0] < 10_000 || kept[0] > 20_000))(
    "keeps what torchvision keeps of $count boxes at $threshold, class by class and altogether",
    ({ seed, count, spread, classes, threshold, agnostic, by_class, kept, pixel_edge }) => {
      const { boxes, scores, labels } = seededDetections(seed, count, spread, classes);
      const together = nonMaxSuppression(boxes, scores, { iouThreshold: threshold });
      const apart = nonMaxSuppression(boxes, scores, { iouThreshold: threshold, classes: labels });
      expect([together.length, apart.length]).toEqual(kept);
      expect([digest(together), digest(apart)]).toEqual([agnostic, by_class]);
      if (pixel_edge === undefined) return;
      expect(digest(nonMaxSuppression(boxes, scores, { iouThreshold: threshold, pixelEdge: 1 }))).toBe(pixel_edge);
    },
  );

  it("keeps only the best, and lets only the best compete, where asked", () => {
    const { boxes, scores } = seededDetections(3, 3000, 640, 1);
    const all = nonMaxSuppression(boxes, scores, { iouThreshold: 0.5 });
    expect(nonMaxSuppression(boxes, scores, { iouThreshold: 0.5, maxDetections: 20 })).toEqual(all.subarray(0, 20));
    const best = nonMaxSuppression(boxes, scores, { iouThreshold: 0.5, maxCandidates: 100 });
    expect(best).toEqual(all.subarray(0, best.length));
  });

  const numbers = fc.float({ min: -1000, max: 1000, noNaN: true });
  const boxed = fc.array(
    fc.tuple(
      numbers,
      numbers,
      fc.float({ min: 0, max: 200, noNaN: true }),
      fc.float({ min: 0, max: 200, noNaN: true }),
      fc.float({ min: 0, max: 1, noNaN: true }),
    ),
    { maxLength: 60 },
  );

  it("keeps a set in which no two overlap, and drops only what overlaps a better one that is kept", () => {
    fc.assert(
      fc.property(boxed, fc.double({ min: 0, max: 1, noNaN: true }), (list, iouThreshold) => {
        const boxes = Float32Array.from(list.flatMap(([x, y, w, h]) => [x, y, x + w, y + h]));
        const scores = Float32Array.from(list, ([, , , , score]) => score);
        const kept = [...nonMaxSuppression(boxes, scores, { iouThreshold })];
        const overlaps = boxOverlaps(boxes, boxes);
        const between = (a: number, b: number): number => overlaps[a * list.length + b] as number;
        for (const [i, a] of kept.entries())
          for (const b of kept.slice(i + 1)) expect(between(a, b) > iouThreshold).toBe(false);
        for (let index = 0; index < list.length; index++) {
          if (kept.includes(index)) continue;
          const score = scores[index] as number;
          expect(kept.some((other) => between(other, index) > iouThreshold && (scores[other] as number) >= score)).toBe(
            true,
          );
        }
        for (let i = 1; i < kept.length; i++)
          expect(scores[kept[i] as number]).toBeLessThanOrEqual(scores[kept[i - 1] as number] as number);
      }),
    );
  });

  it("leaves equal scores in their order, and boxes without an area alone", () => {
    const boxes = Float32Array.of(0, 0, 10, 10, 50, 50, 60, 60, 5, 5, 5, 5, 5, 5, 5, 5);
    expect([...nonMaxSuppression(boxes, new Float32Array(4).fill(0.5), { iouThreshold: 0.5 })]).toEqual([0, 1, 2, 3]);
    expect([...nonMaxSuppression(new Float32Array(), new Float32Array(), { iouThreshold: 0.5 })]).toEqual([]);
  });

  it.each<[string, number[], number[], number]>([
    ["a coordinate that is no number", [0, 0, Number.NaN, 1], [1], 0.5],
    ["a coordinate without end", [0, 0, Number.POSITIVE_INFINITY, 1], [1], 0.5],
    ["a score that is no number", [0, 0, 1, 1], [Number.NaN], 0.5],
    ["half a box", [0, 0, 1], [1], 0.5],
    ["more scores than boxes", [0, 0, 1, 1], [1, 1], 0.5],
    ["a threshold beyond 1", [0, 0, 1, 1], [1], 1.5],
    ["no threshold", [0, 0, 1, 1], [1], Number.NaN],
  ])("refuses %s", (_, boxes, scores, iouThreshold) => {
    const [b, s] = [Float32Array.from(boxes), Float32Array.from(scores)];
    const refused = expect.objectContaining({ code: "input_invalid" });
    expect(() => nonMaxSuppression(b, s, { iouThreshold })).toThrow(refused);
    expect(() => weightedSuppression(b, s, new Float32Array(), iouThreshold)).toThrow(refused);
  });

  it("takes any finite boxes: turned inside out, far away, huge", () => {
    const any = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(any, any, any, any), { maxLength: 30 }), (list) => {
        const boxes = Float32Array.from(list.flat());
        const kept = nonMaxSuppression(boxes, new Float32Array(list.length).fill(1), { iouThreshold: 0.3 });
        expect(kept.length).toBeLessThanOrEqual(list.length);
      }),
    );
  });
});

describe("yoloDetections", () => {
  it.each(references.yolo)(
    "finds what ultralytics finds in $count anchors with $classes classes, agnostic $agnostic",
    ({ seed, count, spread, classes, agnostic, overlap: iouThreshold, kept, digest: expected }) => {
      const { boxes, scores, labels } = seededDetections(seed, count, spread, classes);
      if (spread === 90) {
        for (const [i, edge] of boxes.entries()) boxes[i] = Math.floor(edge / 8) / 3;
        for (const [i, label] of labels.entries()) labels[i] = 77 + (label % 3);
      }
      const centred = convertBoxes(boxes, "xyxy", "cxcywh");
      const rows = 7 + classes;
      const data = new Float32Array(rows * count);
      for (let i = 0; i < count; i++) {
        const label = labels[i] as number;
        for (let row = 0; row < 4; row++) data[row * count + i] = centred[4 * i + row] as number;
        data[(4 + label) * count + i] = scores[i] as number;
        for (const [row, value] of [boxes[4 * i] as number, boxes[4 * i + 1] as number, label].entries())
          data[(4 + classes + row) * count + i] = value;
      }
      const found = yoloDetections({ data, rows, anchors: count }, { classes, agnostic, iouThreshold });
      expect(found.scores).toHaveLength(kept);
      const lines = Float32Array.from({ length: kept * 9 }, (_, at) => {
        const [n, column] = [Math.floor(at / 9), at % 9];
        if (column < 4) return found.boxes[4 * n + column] as number;
        if (column === 4) return found.scores[n] as number;
        return column === 5 ? (found.classes[n] as number) : (found.extras[3 * n + column - 6] as number);
      });
      expect(digest(lines)).toBe(expected);
    },
  );

  it("finds nothing in nothing, and refuses an answer of another shape", () => {
    const none = yoloDetections({ data: new Float32Array(50), rows: 5, anchors: 10 }, { classes: 1 });
    expect([none.boxes.length, none.scores.length, none.classes.length, none.extras.length]).toEqual([0, 0, 0, 0]);
    expect(yoloDetections({ data: new Float32Array(), rows: 5, anchors: 0 }, { classes: 1 }).scores).toHaveLength(0);
    for (const [rows, anchors, classes, length] of [
      [5, 10, 2, 50],
      [5, 10, 0, 50],
      [5, 10, 1, 49],
      [5, 10, Number.NaN, 50],
    ] as const)
      expect(() => yoloDetections({ data: new Float32Array(length), rows, anchors }, { classes })).toThrow(
        expect.objectContaining({ code: "input_invalid" }),
      );
  });

  it("refuses a box that is no number where its score counts, and passes over it where it does not", () => {
    const data = Float32Array.of(Number.NaN, 5, Number.NaN, 5, 2, 2, 2, 2, 0.9, 0.1);
    expect(() => yoloDetections({ data, rows: 5, anchors: 2 }, { classes: 1 })).toThrow(
      expect.objectContaining({ code: "input_invalid" }),
    );
    data[8] = 0.2;
    expect(yoloDetections({ data, rows: 5, anchors: 2 }, { classes: 1 }).scores).toHaveLength(0);
  });
});

describe("weightedSuppression", () => {
  it("merges boxes as numpy does by MediaPipe's rule", () => {
    for (const { seed, count, spread, threshold, weighted } of references.suppressions) {
      if (weighted === undefined) continue;
      const { boxes, scores } = seededDetections(seed, count, spread, 1);
      const merged = weightedSuppression(boxes, scores, boxes, threshold);
      const found = merged.slice(0, 10).flatMap(({ box }) => [...box]);
      expect(found).toHaveLength(weighted.length);
      for (const [i, value] of weighted.entries()) expect(found[i]).toBeCloseTo(value, 3);
      // The further values are the boxes here, and are merged alike.
      for (const { box, values } of merged) expect(values).toEqual(box);
    }
  });

  it("refuses values that do not fit the boxes", () => {
    const [boxes, scores] = [Float32Array.of(0, 0, 1, 1, 2, 2, 3, 3), Float32Array.of(1, 1)];
    for (const values of [new Float32Array(3), Float32Array.of(1, Number.NaN)])
      expect(() => weightedSuppression(boxes, scores, values, 0.3)).toThrow(
        expect.objectContaining({ code: "input_invalid" }),
      );
  });
});

describe("boxOverlaps", () => {
  it("equals torchvision's box_iou to the bit", () => {
    for (const { seed, count, spread, overlaps } of references.suppressions) {
      if (overlaps === undefined) continue;
      const { boxes } = seededDetections(seed, count, spread, 1);
      expect(digest(boxOverlaps(boxes, boxes.subarray(0, 28)))).toBe(overlaps);
    }
  });
});

describe("convertBoxes", () => {
  it.each(Object.entries(references.conversions))(
    "equals torchvision's box_convert to the bit, %s",
    (pair, expected) => {
      const [from, to] = pair.split(" ") as [BoxFormat, BoxFormat];
      expect(digest(convertBoxes(seededDetections(9, 40, 100, 1).boxes, from, to))).toBe(expected);
    },
  );
});

/** `detections` of tools/export/vision/boxes.py. */

function digest(values: Int32Array | Float32Array): string {
  return createHash("sha256").update(values).digest("hex").slice(0, 12);
}
