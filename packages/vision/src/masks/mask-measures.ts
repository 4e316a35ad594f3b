import { ModelError } from "@menagerie/core";
import { checkMask, type Mask } from "./mask.ts";

/** Number of pixels that belong to a mask. */
export function maskArea({ data }: Mask): number {
  let area = 0;
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) area++;
  return area;
}

/** The least box around a mask as left, top, right, bottom with edges after the last pixel; undefined around nothing. */
export function maskBox({ data, width }: Mask): [left: number, top: number, right: number, bottom: number] | undefined {
  let left = width;
  let right = -1;
  const first = data.findIndex((value) => value !== 0);
  if (first < 0) return undefined;
  const last = data.findLastIndex((value) => value !== 0);
  for (let i = first; i <= last; i++) {
    if (data[i] === 0) continue;
    const x = i % width;
    if (x < left) left = x;
    if (x > right) right = x;
  }
  return [left, Math.floor(first / width), right + 1, Math.floor(last / width) + 1];
}

/**
 * Intersection over union of two masks of one size; 0 where both are empty.
 * @throws ModelError `input_invalid` for masks of different sizes
 */
export function maskOverlap(a: Mask, b: Mask): number {
  checkMask(a);
  checkMask(b);
  if (a.width !== b.width || a.height !== b.height)
    throw new ModelError(
      "input_invalid",
      `A mask of ${a.width} x ${a.height} cannot be compared with one of ${b.width} x ${b.height}.`,
    );
  let shared = 0;
  let either = 0;
  for (let i = 0; i < a.data.length; i++) {
    const [inA, inB] = [a.data[i] !== 0, b.data[i] !== 0];
    if (inA && inB) shared++;
    if (inA || inB) either++;
  }
  return either === 0 ? 0 : shared / either;
}

/** A mask without what lies outside a box (left, top, right, bottom): pixels `left <= x < right` stay. */
export function cropMask(mask: Mask, box: readonly [number, number, number, number]): Mask {
  checkMask(mask);
  const { data, width, height } = mask;
  const [left, top, right, bottom] = box;
  const cropped = data.map((value, i) => {
    const x = i % width;
    const y = (i - x) / width;
    return x >= left && x < right && y >= top && y < bottom ? value : 0;
  });
  return { data: cropped, width, height };
}
