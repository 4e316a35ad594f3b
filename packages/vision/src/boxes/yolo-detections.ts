import { ModelError } from "@menagerie/core";
import { convertBoxes } from "./box-format.ts";
import { nonMaxSuppression } from "./non-max-suppression.ts";

/** One picture's part of a YOLO's answer: `[4 + classes + extras, anchors]`, rows of centre x, centre y, width, height, … */
export interface YoloOutput {
  readonly data: Float32Array;
  readonly rows: number;
  readonly anchors: number;
}

/** Defaults are those of ultralytics' `predict`. */
export interface YoloOptions {
  /** Number of rows with the scores of classes (already between 0 and 1); rows after them are extras. */
  readonly classes: number;
  /** Only scores above count; default: 0.25. */
  readonly confidence?: number | undefined;
  /** Default: 0.7. */
  readonly iouThreshold?: number | undefined;
  /** Boxes of different classes compete too; default: false. */
  readonly agnostic?: boolean | undefined;
  /** Default: 300. */
  readonly maxDetections?: number | undefined;
}

/** What was found, best first. */
export interface YoloDetections {
  /** `[n, 4]` as left, top, right, bottom in the model's pixels. */
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
  readonly classes: Int32Array;
  /** `[n, extras]`: coefficients of masks, keypoints. */
  readonly extras: Float32Array;
}

/**
 * Classes are moved this many pixels apart and compared altogether, as ultralytics does it: sums in float32 round, by a
 * sixteenth of a pixel for the last of 80 classes, and which of two boxes stays may hang on that.
 */
const classDistance = 7680;

/**
 * From the answer of a YOLO without objectness (v8, 11, World) to its detections: the best class of each anchor, those
 * above the confidence, suppressed class by class. Equal to `non_max_suppression` of ultralytics 8.4.
 *
 * @throws ModelError `input_invalid` for a shape that does not fit the classes, or a box that is no box
 */
export function yoloDetections({ data, rows, anchors }: YoloOutput, options: YoloOptions): YoloDetections {
  const { classes: classCount, confidence = 0.25, iouThreshold = 0.7, agnostic = false, maxDetections = 300 } = options;
  if (!(classCount >= 1) || rows < 4 + classCount || data.length !== rows * anchors)
    throw new ModelError(
      "input_invalid",
      `A YOLO's answer of [${rows}, ${anchors}] with ${data.length} values cannot have ${classCount} classes.`,
    );
  const best = new Float32Array(data.subarray(4 * anchors, 5 * anchors));
  const bestClass = new Int32Array(anchors);
  for (let row = 1; row < classCount; row++) {
    const from = (4 + row) * anchors;
    for (let i = 0; i < anchors; i++) {
      const score = data[from + i] as number;
      if (score <= (best[i] as number)) continue;
      best[i] = score;
      bestClass[i] = row;
    }
  }
  const least = Math.fround(confidence);
  const found = Int32Array.from(best.keys()).filter((i) => (best[i] as number) > least);
  const centred = new Float32Array(found.length * 4);
  for (const [n, i] of found.entries())
    for (let row = 0; row < 4; row++) centred[4 * n + row] = data[row * anchors + i] as number;
  const boxes = convertBoxes(centred, "cxcywh", "xyxy");
  const scores = Float32Array.from(found, (i) => best[i] as number);
  const classes = found.map((i) => bestClass[i] as number);
  const apart = agnostic ? boxes : boxes.map((edge, n) => edge + classDistance * (classes[n >> 2] as number));
  const kept = nonMaxSuppression(apart, scores, { iouThreshold, maxDetections });
  const extraCount = rows - 4 - classCount;
  const extras = new Float32Array(kept.length * extraCount);
  for (const [n, i] of kept.entries()) {
    for (let row = 0; row < extraCount; row++)
      extras[n * extraCount + row] = data[(4 + classCount + row) * anchors + (found[i] as number)] as number;
  }
  return {
    boxes: Float32Array.from(
      { length: kept.length * 4 },
      (_, n) => boxes[4 * (kept[n >> 2] as number) + (n & 3)] as number,
    ),
    scores: Float32Array.from(kept, (i) => scores[i] as number),
    classes: kept.map((i) => classes[i] as number),
    extras,
  };
}
