import { ModelError } from "@menagerie/core";
import { checkSides } from "../picture-sides.ts";
import { checkMask, type Mask } from "./mask.ts";

/**
 * A mask as COCO writes it: lengths of runs down the columns, beginning with one of zeros (which may be 0), either as
 * numbers or packed into a string.
 */
export interface RunLengths {
  /** Height, then width. */
  readonly size: readonly [height: number, width: number];
  readonly counts: readonly number[] | string;
}

/** The runs of a mask as numbers; equal to what pycocotools makes of it. */
export function encodeRuns(mask: Mask): RunLengths & { readonly counts: readonly number[] } {
  checkMask(mask);
  const { data, width, height } = mask;
  const [left, right] = setColumns(mask);
  const counts: number[] = [];
  let current = 0;
  let length = left * height;
  for (let x = left; x < right; x++) {
    for (let y = 0, at = x; y < height; y++, at += width) {
      const value = data[at] === 0 ? 0 : 1;
      if (value !== current) {
        counts.push(length);
        length = 0;
        current = value;
      }
      length++;
    }
  }
  const rest = (width - right) * height;
  // A mask that ends with a set pixel has no zeros after it.
  if (current === 1 && rest > 0) counts.push(length, rest);
  else counts.push(length + rest);
  return { size: [height, width], counts };
}

/** The columns between which pixels are set. Along the rows memory is read in its order; down the columns it is not. */
function setColumns({ data, width, height }: Mask): [left: number, right: number] {
  let left = width;
  let right = 0;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let x = 0;
    while (x < left && data[row + x] === 0) x++;
    left = x;
    x = width;
    while (x > right && data[row + x - 1] === 0) x--;
    right = x;
  }
  return left < right ? [left, right] : [0, 0];
}

/**
 * The mask that runs stand for.
 * @throws ModelError `input_invalid` for runs that do not fill the mask, or a string that is damaged
 */
export function decodeRuns({ size, counts }: RunLengths): Mask {
  const [height, width] = size;
  const pixels = checkSides(width, height);
  const runs = typeof counts === "string" ? unpackRuns(counts) : counts;
  let total = 0;
  for (const run of runs) {
    if (!Number.isSafeInteger(run) || run < 0) throw damaged(`one of them is ${run}`);
    total += run;
  }
  if (total !== pixels) throw damaged(`they cover ${total} pixels of ${pixels}`);
  const data = new Uint8Array(pixels);
  let position = 0;
  for (const [i, run] of runs.entries()) {
    if (i % 2 === 1) setRun(data, size, position, run);
    position += run;
  }
  return { data, width, height };
}

/** Sets pixels down the columns from a position on. */
function setRun(data: Uint8Array, [height, width]: RunLengths["size"], position: number, run: number): void {
  let x = Math.floor(position / height);
  let y = position - x * height;
  for (let rest = run; rest > 0; x++, y = 0) {
    const end = Math.min(height, y + rest);
    rest -= end - y;
    for (let at = y * width + x; y < end; y++, at += width) data[at] = 1;
  }
}

/**
 * COCO's string of runs (`rleToString` of its API): from the third on each as the difference from the last but one, in
 * groups of five bits, the least first, a sixth bit set where more follow, each shifted into the printable characters.
 * @throws ModelError `input_invalid` for a length that is no whole number from 0 to 2^32
 */
export function packRuns(counts: readonly number[]): string {
  let packed = "";
  for (const [i, run] of counts.entries()) {
    if (!Number.isInteger(run) || run < 0 || run > 2 ** 32) throw damaged(`one of them is ${run}`);
    let rest = i > 2 ? run - (counts[i - 2] as number) : run;
    for (let isMore = true; isMore; ) {
      let group = rest & 31;
      rest = Math.floor(rest / 32);
      isMore = (group & 16) === 0 ? rest !== 0 : rest !== -1;
      if (isMore) group |= 32;
      packed += String.fromCharCode(group + 48);
    }
  }
  return packed;
}

/** @throws ModelError `input_invalid` for a string that ends within a run or has a foreign character */
export function unpackRuns(packed: string): number[] {
  const counts: number[] = [];
  for (let at = 0; at < packed.length; ) {
    let run = 0;
    let unit = 1;
    for (let isMore = true; isMore; unit *= 32) {
      const group = packed.charCodeAt(at++) - 48;
      if (!(group >= 0 && group < 64) || unit > 2 ** 40)
        throw damaged(`their string is no such string at character ${at}`);
      run += (group & 31) * unit;
      isMore = (group & 32) !== 0;
      if (!isMore && (group & 16) !== 0) run -= unit * 32;
    }
    if (counts.length > 2) run += counts[counts.length - 2] as number;
    counts.push(run);
  }
  return counts;
}

function damaged(how: string): ModelError {
  return new ModelError("input_invalid", `The run lengths are no mask: ${how}.`);
}
