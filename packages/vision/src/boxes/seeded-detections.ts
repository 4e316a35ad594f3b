import { createHash } from "node:crypto";
import { mixedInteger } from "@menagerie/testing";
import { expect } from "vitest";
import { nonMaxSuppression } from "./non-max-suppression.ts";

/** What torchvision keeps of boxes that are made from a seed. */
export interface Suppression {
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

/** Boxes upon boxes of which nearly all are kept: seconds of work. */
export function isCrowded({ count, spread, threshold }: Suppression): boolean {
  return count >= 30_000 && spread <= 100 && threshold >= 0.7;
}

/** For tests. */
export function suppressesAsReference(reference: Suppression): void {
  const { seed, count, spread, classes, threshold, agnostic, by_class, kept, pixel_edge } = reference;
  const { boxes, scores, labels } = detections(seed, count, spread, classes);
  const together = nonMaxSuppression(boxes, scores, { iouThreshold: threshold });
  const apart = nonMaxSuppression(boxes, scores, { iouThreshold: threshold, classes: labels });
  expect([together.length, apart.length]).toEqual(kept);
  expect([digest(together), digest(apart)]).toEqual([agnostic, by_class]);
  if (pixel_edge === undefined) return;
  expect(digest(nonMaxSuppression(boxes, scores, { iouThreshold: threshold, pixelEdge: 1 }))).toBe(pixel_edge);
}

export function detections(
  seed: number,
  count: number,
  spread: number,
  classes: number,
): { boxes: Float32Array; scores: Float32Array; labels: Int32Array } {
  const noise = Float64Array.from({ length: count * 6 }, (_, i) => mixedInteger(i + seed * 1_000_003));
  const at = (i: number, column: number): number => noise[6 * i + column] as number;
  const order = [...Array(count).keys()].sort((a, b) => at(a, 4) - at(b, 4));
  const boxes = new Float32Array(4 * count);
  for (let i = 0; i < count; i++) {
    const [left, top] = [(at(i, 0) % (spread * 16)) / 16, (at(i, 1) % (spread * 16)) / 16];
    boxes.set([left, top, left + (at(i, 2) % 1024) / 16, top + (at(i, 3) % 1024) / 16], 4 * i);
  }
  const scores = Float32Array.from(order, (rank) => (rank + 1) / (count + 1));
  return { boxes, scores, labels: Int32Array.from({ length: count }, (_, i) => at(i, 5) % classes) };
}

export function digest(values: Int32Array | Float32Array): string {
  return createHash("sha256").update(values).digest("hex").slice(0, 12);
}
