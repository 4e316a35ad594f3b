import { ModelError } from "@menagerie/core";
import { boxCount } from "../boxes/box-format.ts";
import type { FloatPlanes } from "../float-planes.ts";
import type { Size } from "../geometry/size.ts";
import { axisWindow } from "../interpolate/axis-window.ts";
import { axesBetween, interpolateAlong } from "../interpolate/interpolate.ts";
import { checkSides } from "../picture-sides.ts";
import { roundHalfToEven } from "../round-half-to-even.ts";
import { enlargedRuns, type PixelBox } from "./enlarged-runs.ts";
import type { Mask } from "./mask.ts";
import { decodeRuns } from "./run-lengths.ts";

export interface MaskDetections {
  /** `[prototypes, height, width]`, a quarter of the model's input high and wide. */
  readonly prototypes: FloatPlanes;
  /** `[n, prototypes]` */
  readonly coefficients: Float32Array;
  /** `[n, 4]` as left, top, right, bottom in the pixels of the masks that are asked for. */
  readonly boxes: Float32Array;
}

/** A mask as COCO's run lengths, and the number of its pixels. */
export interface MaskRuns {
  /** Height, then width. */
  readonly size: readonly [height: number, width: number];
  readonly counts: readonly number[];
  readonly area: number;
}

/**
 * Masks at the size of the model's input, letterbox included: each is the prototypes weighted, enlarged (bilinear), set
 * where above 0, and only then cut to its box. What `process_mask(…, upsample=True)` of ultralytics 8.4 gives, and so
 * what its `predict` gives by default. An empty mask stays in the list; ultralytics drops such detections.
 *
 * @throws ModelError `input_invalid` for tensors whose shapes do not fit each other
 */
export function modelMasks(detections: MaskDetections, model: Size): Mask[] {
  return modelMaskRuns(detections, model).map(decodeRuns);
}

/** `modelMasks` as run lengths. */
export function modelMaskRuns(detections: MaskDetections, model: Size): MaskRuns[] {
  const { width, height } = detections.prototypes;
  return maskRuns(detections, model, { factor: 1, left: 0, top: 0, width, height });
}

/**
 * Masks at the size of the picture, whose pixels the boxes are in: the weighted prototypes are enlarged 1, 2 or 4 times,
 * the least with which the letterbox is a whole number of pixels; it is taken away, the rest enlarged to the picture,
 * set where above 0, and cut to its box. What `process_mask_native` of ultralytics 8.4 gives (`retina_masks=True`).
 *
 * @throws ModelError `input_invalid` for tensors whose shapes do not fit each other
 */
export function pictureMasks(detections: MaskDetections, picture: Size): Mask[] {
  return pictureMaskRuns(detections, picture).map(decodeRuns);
}

/** `pictureMasks` as run lengths, without ever making a picture of one: on a large picture much the faster. */
export function pictureMaskRuns(detections: MaskDetections, picture: Size): MaskRuns[] {
  checkSides(picture.width, picture.height);
  return maskRuns(detections, picture, innerOf(detections.prototypes, picture));
}

/** The prototypes enlarged by a factor, and the part of that which becomes the mask. */
interface Inner extends Size {
  readonly factor: number;
  readonly left: number;
  readonly top: number;
}

function maskRuns({ prototypes, coefficients, boxes }: MaskDetections, size: Size, inner: Inner): MaskRuns[] {
  const pixels = checkSides(prototypes.width, prototypes.height);
  checkSides(size.width, size.height);
  const { channels } = prototypes;
  const count = boxCount(boxes);
  if (prototypes.data.length !== channels * pixels || coefficients.length !== count * channels)
    throw new ModelError(
      "input_invalid",
      `${count} boxes with ${channels} prototypes have ${count * channels} coefficients, not ${coefficients.length}.`,
    );
  const isSame = inner.width === size.width && inner.height === size.height;
  const axes = axesBetween(inner, { ...size, mode: isSame ? "nearest" : "bilinear" });
  return Array.from({ length: count }, (_, i): MaskRuns => {
    const box = pixelBox(boxes.subarray(4 * i, 4 * i + 4), size);
    const counted: Pick<MaskRuns, "size"> = { size: [size.height, size.width] };
    if (box === undefined) return { ...counted, counts: [size.width * size.height], area: 0 };
    const columns = axisWindow(axes.columns, box.left, box.right);
    const rows = axisWindow(axes.rows, box.top, box.bottom);
    const weights = coefficients.subarray(i * channels, (i + 1) * channels);
    const part = {
      left: inner.left + columns.first,
      top: inner.top + rows.first,
      right: inner.left + columns.end,
      bottom: inner.top + rows.end,
    };
    const logits = enlargedPart(prototypes, weights, inner.factor, part);
    return { ...counted, ...enlargedRuns(logits, { columns, rows }, box, size) };
  });
}

/** A part of the weighted prototypes, enlarged by a factor; only what it takes is computed. */
function enlargedPart(prototypes: FloatPlanes, weights: Float32Array, factor: number, part: PixelBox): FloatPlanes {
  if (factor === 1) return weightedPart(prototypes, weights, part);
  const axes = axesBetween(prototypes, { scale_factor: factor, mode: "bilinear" });
  const columns = axisWindow(axes.columns, part.left, part.right);
  const rows = axisWindow(axes.rows, part.top, part.bottom);
  const source = weightedPart(prototypes, weights, {
    left: columns.first,
    top: rows.first,
    right: columns.end,
    bottom: rows.end,
  });
  return interpolateAlong(source, columns.axis, rows.axis);
}

function weightedPart(
  { data, width, height }: FloatPlanes,
  weights: Float32Array,
  { left, top, right, bottom }: PixelBox,
): FloatPlanes {
  const [columns, rows] = [right - left, bottom - top];
  const sums = new Float64Array(columns * rows);
  for (const [channel, weight] of weights.entries()) {
    for (let row = 0, at = 0; row < rows; row++) {
      const from = (channel * height + top + row) * width + left;
      for (let x = 0; x < columns; x++, at++) sums[at] = (sums[at] as number) + weight * (data[from + x] as number);
    }
  }
  return { data: new Float32Array(sums), channels: 1, height: rows, width: columns };
}

/** The pixels inside the edges of a box; undefined if there are none. */
function pixelBox(edges: Float32Array, { width, height }: Size): PixelBox | undefined {
  const [left, top, right, bottom] = Array.from(edges, (edge, i) => pixelFrom(edge, i % 2 === 0 ? width : height)) as [
    number,
    number,
    number,
    number,
  ];
  return left < right && top < bottom ? { left, top, right, bottom } : undefined;
}

/** The first pixel at or after an edge, inside the picture; 0 for an edge that is no number. */
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

function innerOf(prototypes: FloatPlanes, picture: Size): Inner {
  checkSides(prototypes.width, prototypes.height);
  const factor = wholePixelFactor(prototypes, picture);
  const [width, height] = [factor * prototypes.width, factor * prototypes.height];
  if (width === picture.width && height === picture.height) return { factor, left: 0, top: 0, width, height };
  const gain = Math.min(height / picture.height, width / picture.width);
  const innerWidth = Math.max(roundHalfToEven(picture.width * gain), 1);
  const innerHeight = Math.max(roundHalfToEven(picture.height * gain), 1);
  const left = roundHalfToEven((width - innerWidth) / 2 - 0.1);
  const top = roundHalfToEven((height - innerHeight) / 2 - 0.1);
  return { factor, left, top, width: innerWidth, height: innerHeight };
}
