import { ModelError } from "@menagerie/core";

/**
 * How four numbers say a box, in the names of torchvision's `box_convert`: two corners; a corner and a size (COCO); the
 * centre and a size (YOLO, DETR).
 */
export type BoxFormat = "xyxy" | "xywh" | "cxcywh";

/**
 * Boxes `[n, 4]` from one format to another, in float32.
 * @throws ModelError `input_invalid` if the values are no multiple of four
 */
export function convertBoxes(boxes: Float32Array, from: BoxFormat, to: BoxFormat): Float32Array {
  boxCount(boxes);
  const f = Math.fround;
  const result = new Float32Array(boxes.length);
  for (let i = 0; i < boxes.length; i += 4) {
    let [left, top, right, bottom] = boxes.subarray(i, i + 4) as unknown as [number, number, number, number];
    if (from === "cxcywh") {
      const [halfWidth, halfHeight] = [f(right * 0.5), f(bottom * 0.5)];
      [left, top, right, bottom] = [left - halfWidth, top - halfHeight, left + halfWidth, top + halfHeight];
    } else if (from === "xywh") [right, bottom] = [left + right, top + bottom];
    [left, top, right, bottom] = [f(left), f(top), f(right), f(bottom)];
    if (to === "cxcywh") {
      [left, top, right, bottom] = [f(left + right) / 2, f(top + bottom) / 2, right - left, bottom - top];
    } else if (to === "xywh") [right, bottom] = [right - left, bottom - top];
    result.set([left, top, right, bottom], i);
  }
  return result;
}

/** @throws ModelError `input_invalid` if the values are no multiple of four */
export function boxCount(boxes: Float32Array): number {
  if (boxes.length % 4 === 0) return boxes.length / 4;
  throw new ModelError("input_invalid", `Boxes have four numbers each, so there cannot be ${boxes.length} of them.`);
}
