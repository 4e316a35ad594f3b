import { ModelError } from "@menagerie/core";
import { boxAreas, overlap } from "./box-overlap.ts";
import { byScore, checkDetections } from "./non-max-suppression.ts";

export interface WeightedDetection {
  /** Left, top, right, bottom. */
  readonly box: Float32Array;
  /** The best score of those that were merged. */
  readonly score: number;
  /** The further values (points of a face), merged in the same way. */
  readonly values: Float32Array;
}

/**
 * Weighted non-maximum suppression: the boxes that overlap the best one by more than `iouThreshold` are merged with it,
 * each coordinate the mean weighted by score, instead of dropped. Rule of MediaPipe's `NonMaxSuppressionCalculator`
 * (algorithm WEIGHTED, overlap INTERSECTION_OVER_UNION).
 *
 * @param boxes `[n, 4]` as left, top, right, bottom
 * @param scores `[n]`, not negative
 * @param values `[n, k]` numbers that go with each box; k may be 0
 * @throws ModelError `input_invalid` for lists that do not fit each other, or a value that is no number
 */
export function weightedSuppression(
  boxes: Float32Array,
  scores: Float32Array,
  values: Float32Array,
  iouThreshold: number,
): WeightedDetection[] {
  checkDetections(boxes, scores, iouThreshold);
  const width = scores.length === 0 ? 0 : values.length / scores.length;
  if (!Number.isInteger(width) || !values.every(Number.isFinite) || scores.some((score) => score < 0))
    throw new ModelError(
      "input_invalid",
      `${values.length} values for ${scores.length} boxes, or one of them or a score is out of range.`,
    );
  const areas = boxAreas(boxes);
  const merged: WeightedDetection[] = [];
  let rest = byScore(scores);
  while (rest.length > 0) {
    const best = rest[0] as number;
    const joins = (index: number): boolean =>
      index === best || overlap(boxes, best, areas, boxes, index, areas, 0) > iouThreshold;
    merged.push(mean(rest.filter(joins), boxes, scores, values, width));
    rest = rest.filter((index) => !joins(index));
  }
  return merged;
}

function mean(
  group: Int32Array,
  boxes: Float32Array,
  scores: Float32Array,
  values: Float32Array,
  width: number,
): WeightedDetection {
  const box = new Float64Array(4);
  const further = new Float64Array(width);
  let total = 0;
  for (const index of group) {
    const score = scores[index] as number;
    total += score;
    for (let i = 0; i < 4; i++) box[i] = (box[i] as number) + score * (boxes[4 * index + i] as number);
    for (let i = 0; i < width; i++) further[i] = (further[i] as number) + score * (values[width * index + i] as number);
  }
  const first = group[0] as number;
  // Nothing weighs anything: the best box stands for the group.
  if (total === 0)
    return {
      box: boxes.slice(4 * first, 4 * first + 4),
      score: 0,
      values: values.slice(width * first, width * (first + 1)),
    };
  return {
    box: Float32Array.from(box, (sum) => sum / total),
    score: scores[first] as number,
    values: Float32Array.from(further, (sum) => sum / total),
  };
}
