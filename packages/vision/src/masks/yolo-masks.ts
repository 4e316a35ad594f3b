import { ModelError } from "@menagerie/core";
import { boxCount } from "../boxes/box-format.ts";
import type { FloatPlanes } from "../float-planes.ts";
import type { Size } from "../geometry/size.ts";
import { combine, interpolate, interpolationAxes, LineStore } from "../interpolate/interpolate.ts";
import { checkSides } from "../picture-sides.ts";
import { roundHalfToEven } from "../round-half-to-even.ts";
import type { Mask } from "./mask.ts";

export interface MaskDetections {
  /** `[prototypes, height, width]`, a quarter of the model's input high and wide. */
  readonly prototypes: FloatPlanes;
  /** `[n, prototypes]` */
  readonly coefficients: Float32Array;
  /** `[n, 4]` as left, top, right, bottom in the pixels of the masks that are asked for. */
  readonly boxes: Float32Array;
}

/**
 * Masks at the size of the model's input, letterbox included: each is the prototypes weighted, enlarged (bilinear), set
 * where above 0, and only then cut to its box. What `process_mask(…, upsample=True)` of ultralytics 8.4 gives, and so
 * what its `predict` gives by default. An empty mask stays in the list; ultralytics drops such detections.
 *
 * @throws ModelError `input_invalid` for tensors whose shapes do not fit each other
 */
export function modelMasks(detections: MaskDetections, model: Size): Mask[] {
  return masksOf(detections, model, (logits) => logits);
}

/**
 * Masks at the size of the picture, whose pixels the boxes are in: the weighted prototypes are enlarged 1, 2 or 4 times,
 * the least with which the letterbox is a whole number of pixels; it is taken away, the rest enlarged to the picture,
 * set where above 0, and cut to its box. What `process_mask_native` of ultralytics 8.4 gives (`retina_masks=True`).
 *
 * @throws ModelError `input_invalid` for tensors whose shapes do not fit each other
 */
export function pictureMasks(detections: MaskDetections, picture: Size): Mask[] {
  checkSides(picture.width, picture.height);
  const factor = wholePixelFactor(detections.prototypes, picture);
  return masksOf(detections, picture, (logits) => {
    const enlarged = factor === 1 ? logits : interpolate(logits, { scale_factor: factor, mode: "bilinear" });
    return withoutLetterbox(enlarged, picture);
  });
}

function masksOf(
  { prototypes, coefficients, boxes }: MaskDetections,
  size: Size,
  prepare: (logits: FloatPlanes) => FloatPlanes,
): Mask[] {
  const pixels = checkSides(prototypes.width, prototypes.height);
  checkSides(size.width, size.height);
  const { channels } = prototypes;
  const count = boxCount(boxes);
  if (prototypes.data.length !== channels * pixels || coefficients.length !== count * channels)
    throw new ModelError(
      "input_invalid",
      `${count} boxes with ${channels} prototypes have ${count * channels} coefficients, not ${coefficients.length}.`,
    );
  return Array.from({ length: count }, (_, i) => {
    const weights = coefficients.subarray(i * channels, (i + 1) * channels);
    return threshold(prepare(weighted(prototypes, weights)), size, boxes.subarray(4 * i, 4 * i + 4));
  });
}

function weighted({ data, width, height }: FloatPlanes, weights: Float32Array): FloatPlanes {
  const pixels = width * height;
  const sums = new Float64Array(pixels);
  for (const [channel, weight] of weights.entries()) {
    const from = channel * pixels;
    for (let i = 0; i < pixels; i++) sums[i] = (sums[i] as number) + weight * (data[from + i] as number);
  }
  return { data: new Float32Array(sums), channels: 1, height, width };
}

/** Only the rows and columns of the box are ever computed. */
function threshold(logits: FloatPlanes, { width, height }: Size, box: Float32Array): Mask {
  const data = new Uint8Array(width * height);
  const [left, top, right, bottom] = Array.from(box, (edge, i) => pixelFrom(edge, i % 2 === 0 ? width : height)) as [
    number,
    number,
    number,
    number,
  ];
  const isSame = logits.width === width && logits.height === height;
  const { columns, rows } = interpolationAxes(logits, { width, height, mode: isSame ? "nearest" : "bilinear" });
  const lines = new LineStore(columns, rows.taps);
  lines.start(logits.data, logits.width);
  const line = new Float32Array(width);
  for (let y = top; y < bottom; y++) {
    combine(lines, rows, y, line);
    for (let x = left; x < right; x++) if ((line[x] as number) > 0) data[y * width + x] = 1;
  }
  return { data, width, height };
}

/** The first pixel at or after an edge, inside the picture; an edge that is no number leaves nothing. */
function pixelFrom(edge: number, limit: number): number {
  return Number.isNaN(edge) ? 0 : Math.min(Math.max(Math.ceil(edge), 0), limit);
}

/** ultralytics takes the model's input to be four times the prototypes. */
function wholePixelFactor({ width, height }: FloatPlanes, picture: Size): 1 | 2 | 4 {
  const gain = Math.min((4 * height) / picture.height, (4 * width) / picture.width);
  const down = 4 * height - Math.max(roundHalfToEven(picture.height * gain), 1);
  const across = 4 * width - Math.max(roundHalfToEven(picture.width * gain), 1);
  // Half of the padding lies on either side, so it must be even after enlarging.
  const padding = down | across;
  const odd = padding | (padding >> 1);
  return odd % 4 === 0 ? 1 : odd % 2 === 0 ? 2 : 4;
}

function withoutLetterbox(logits: FloatPlanes, picture: Size): FloatPlanes {
  const { data, width, height } = logits;
  if (width === picture.width && height === picture.height) return logits;
  const gain = Math.min(height / picture.height, width / picture.width);
  const innerWidth = Math.max(roundHalfToEven(picture.width * gain), 1);
  const innerHeight = Math.max(roundHalfToEven(picture.height * gain), 1);
  const left = roundHalfToEven((width - innerWidth) / 2 - 0.1);
  const top = roundHalfToEven((height - innerHeight) / 2 - 0.1);
  const inner = new Float32Array(innerWidth * innerHeight);
  for (let y = 0; y < innerHeight; y++) {
    const from = (top + y) * width + left;
    inner.set(data.subarray(from, from + innerWidth), y * innerWidth);
  }
  return { data: inner, channels: 1, height: innerHeight, width: innerWidth };
}
