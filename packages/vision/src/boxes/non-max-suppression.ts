import { ModelError } from "@menagerie/core";
import { boxCount } from "./box-format.ts";
import { BoxGrid } from "./box-grid.ts";
import { boxAreas, overlap } from "./box-overlap.ts";

export interface SuppressionOptions {
  /** A box goes where its overlap with a better one is above this, 0..1. */
  readonly iouThreshold: number;
  /** Class of each box: boxes of two classes leave each other alone. Left out, every box competes with every other. */
  readonly classes?: ArrayLike<number> | undefined;
  /** Only that many of the best boxes compete; default: 30,000, as ultralytics has it. */
  readonly maxCandidates?: number | undefined;
  /** Only that many of the best survivors are kept; default: all. */
  readonly maxDetections?: number | undefined;
  /** 1 where right and bottom are the last pixel inside (insightface), 0 (default) where they are edges. */
  readonly pixelEdge?: 0 | 1 | undefined;
}

/**
 * Greedy non-maximum suppression: positions of the boxes that stay, best first, equal scores in their order.
 *
 * Equal to `torchvision.ops.nms`, and with `classes` to `batched_nms` (computed class by class, so without the rounding
 * that adding a class's offset to the coordinates brings). Boxes are compared with those near them alone.
 *
 * @param boxes `[n, 4]` as left, top, right, bottom
 * @param scores `[n]`
 * @throws ModelError `input_invalid` for lists of unequal length, a threshold outside 0..1, or a value that is no number
 */
export function nonMaxSuppression(boxes: Float32Array, scores: Float32Array, options: SuppressionOptions): Int32Array {
  const {
    iouThreshold,
    classes,
    maxCandidates = 30_000,
    maxDetections = Number.POSITIVE_INFINITY,
    pixelEdge = 0,
  } = options;
  checkDetections(boxes, scores, iouThreshold);
  if (classes !== undefined && classes.length !== scores.length)
    throw unequal("classes", classes.length, scores.length);
  const areas = boxAreas(boxes, pixelEdge);
  // Boxes without overlap share an edge at most, and with pixel edges their neighbours' one.
  const grid = new BoxGrid(pixelEdge === 0 ? boxes : boxes.map((value, i) => (i % 4 < 2 ? value - 1 : value + 1)));
  // Well above, so that no rounding matters.
  const isAboveHalf = iouThreshold > 0.501;
  const kept: number[] = [];
  for (const index of byScore(scores).subarray(0, maxCandidates)) {
    if (kept.length >= maxDetections) break;
    const suppresses = (other: number): boolean =>
      (classes === undefined || classes[other] === classes[index]) &&
      overlap(boxes, other, areas, boxes, index, areas, pixelEdge) > iouThreshold;
    if (isAboveHalf ? grid.someAtCentre(index, suppresses) : grid.some(index, suppresses)) continue;
    kept.push(index);
    grid.add(index);
  }
  return Int32Array.from(kept);
}

/** Positions of scores, best first, equal ones in their order. */
export function byScore(scores: Float32Array): Int32Array {
  return Int32Array.from(scores.keys()).sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
}

/** @throws ModelError `input_invalid` */
export function checkDetections(boxes: Float32Array, scores: Float32Array, iouThreshold: number): void {
  if (boxCount(boxes) !== scores.length) throw unequal("scores", scores.length, boxCount(boxes));
  if (!(iouThreshold >= 0 && iouThreshold <= 1))
    throw new ModelError("input_invalid", `A threshold of overlap lies in 0..1, and ${iouThreshold} does not.`);
  const bad = boxes.findIndex((value) => !Number.isFinite(value));
  const badScore = scores.findIndex((value) => Number.isNaN(value));
  if (bad < 0 && badScore < 0) return;
  const index = bad < 0 ? badScore : Math.floor(bad / 4);
  throw new ModelError(
    "input_invalid",
    `Box ${index + 1} of ${scores.length} or its score is no number: the model's answer to this input is of no use.`,
    { details: { index } },
  );
}

function unequal(what: string, count: number, boxes: number): ModelError {
  return new ModelError("input_invalid", `There are ${count} ${what} for ${boxes} boxes.`, {
    details: { count, boxes },
  });
}
