import {
  boxOverlaps,
  convertBoxes,
  depthLevels,
  heatmapKeypoints,
  nonMaxSuppression,
  resizeDepth,
  segment,
  weightedSuppression,
} from "@menagerie/vision";
import type { Draws } from "../draws.ts";
import { type FuzzTarget, must } from "../fuzz-target.ts";

/** Boxes and their suppression, heatmaps, depth and classes. */
export const detectionsTarget: FuzzTarget = {
  name: "detections",
  share: 8,
  memoryMb: 192,
  refusals: ["input_invalid", "image_too_large"],
  async prepare() {
    return (draws) => draws.pick(jobs)(draws);
  },
};

const jobs = [suppressed, suppressed, merged, converted, keypoints, depth, classes] as const;

function suppressed(draws: Draws): void {
  const { boxes, scores } = detections(draws);
  const kinds = draws.chance(0.5) ? undefined : Array.from(scores, () => draws.integer(0, 2));
  const iouThreshold = draws.chance(0.1) ? draws.absurd() : draws.real(0, 1);
  const maxDetections = draws.pick([undefined, undefined, 0, 3, draws.absurd()]);
  const kept = nonMaxSuppression(boxes, scores, { iouThreshold, classes: kinds, maxDetections });
  must(new Set(kept).size === kept.length && kept.every((i) => i >= 0 && i < scores.length), `kept ${kept}`);
  if (maxDetections !== undefined) return;
  const expected = plainSuppression(boxes, scores, iouThreshold, kinds);
  must(expected.join() === Array.from(kept).join(), `kept ${kept}, and not ${expected}`);
}

/** Every box with every other. */
function plainSuppression(
  boxes: Float32Array,
  scores: Float32Array,
  threshold: number,
  kinds?: readonly number[],
): number[] {
  const overlaps = boxOverlaps(boxes, boxes);
  const order = [...scores.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
  const kept: number[] = [];
  for (const i of order) {
    const isGone = kept.some(
      (j) => kinds?.[i] === kinds?.[j] && (overlaps[j * scores.length + i] as number) > threshold,
    );
    if (!isGone) kept.push(i);
  }
  return kept;
}

function merged(draws: Draws): void {
  const { boxes, scores } = detections(draws);
  const values = draws.floats(scores.length * draws.integer(0, 3) + (draws.chance(0.05) ? 1 : 0), 0.01);
  const result = weightedSuppression(boxes, scores.map(Math.abs), values, draws.real(0, 1));
  must(result.length <= scores.length, "more boxes than before");
  must(
    result.every(({ box }) => box.length === 4 && box.every((value) => !Number.isNaN(value))),
    "a merged box is no box",
  );
}

function converted(draws: Draws): void {
  const boxes = draws.floats(draws.chance(0.1) ? draws.integer(0, 50) : 4 * draws.integer(0, 12), 0.1);
  const formats = ["xyxy", "xywh", "cxcywh"] as const;
  must(convertBoxes(boxes, draws.pick(formats), draws.pick(formats)).length === boxes.length, "a box is lost");
}

function keypoints(draws: Draws): void {
  const shape = planes(draws);
  const data = draws.floats(length(draws, shape), 0.005);
  const { points, scores } = heatmapKeypoints({ data, ...shape }, { blur: draws.pick(["scipy", "opencv"]) });
  must(points.length === 2 * shape.channels && scores.length === shape.channels, "a point is missing");
  must(points.every(Number.isFinite), `a point at ${points}`);
}

function depth(draws: Draws): void {
  const { width, height } = planes(draws);
  const data = draws.floats(length(draws, { channels: 1, width, height }), 0.002);
  const [to, way] = [planes(draws), draws.pick(["transformers", "original"] as const)];
  const levels = depthLevels(resizeDepth({ data, width, height }, to, way));
  must(levels.length === to.width * to.height, "the depth has another size");
}

function classes(draws: Draws): void {
  const shape = planes(draws);
  const to = planes(draws);
  const { data } = segment({ data: draws.floats(length(draws, shape), 0.002), ...shape }, to);
  must(data.length === to.width * to.height && data.every((kind) => kind < shape.channels), "a class that is none");
}

function detections(draws: Draws): { boxes: Float32Array; scores: Float32Array } {
  const count = draws.pick([0, 1, 2, 5, 20, 60]);
  const absurdity = draws.pick([0, 0, 0, 0.02]);
  const span = draws.pick([1, 40, 1000]);
  const boxes = Float32Array.from({ length: count * 4 }, () =>
    draws.chance(absurdity) ? draws.absurd() : draws.real(-span, span),
  );
  const isUpright = draws.chance(0.8);
  for (let i = 0; isUpright && i < boxes.length; i += 4) {
    boxes
      .subarray(i, i + 4)
      .set([
        boxes[i] as number,
        boxes[i + 1] as number,
        (boxes[i] as number) + draws.real(0, span),
        (boxes[i + 1] as number) + draws.real(0, span),
      ]);
  }
  // Few different scores, so that there are equal ones.
  const scores = Float32Array.from({ length: count + (draws.chance(0.03) ? 1 : 0) }, () => draws.integer(0, 20) / 20);
  return { boxes, scores };
}

interface Planes {
  readonly channels: number;
  readonly width: number;
  readonly height: number;
}

function planes(draws: Draws): Planes {
  const side = (most: number): number => (draws.chance(0.04) ? draws.absurd() : draws.integer(1, most));
  return { channels: side(5), width: Math.min(side(40), 2 ** 31 - 1), height: side(30) };
}

function length(draws: Draws, { channels, width, height }: Planes): number {
  const values = channels * width * height;
  return values > 0 && values < 1e5 && Number.isInteger(values) && draws.chance(0.97) ? values : draws.integer(0, 9);
}
