import type { Size } from "../../geometry/size.ts";

/**
 * Expands run lengths (RLE8, or RLE4 with two indices to a byte) as Pillow's BmpRleDecoder does: one index to a byte, rows in the
 * file's order, what is passed over as index 0.
 *
 * @param target where the indices go; undefined only counts them, so that nothing is allocated for a file that lacks them
 * @returns the number of indices, at most `width` times `height`
 */
export function expandRuns(
  bytes: Uint8Array,
  start: number,
  { width, height }: Size,
  isRle4: boolean,
  target?: Uint8Array,
): number {
  const total = width * height;
  let at = start;
  let done = 0;
  let x = 0;
  while (done < total && at + 2 <= bytes.length) {
    const [count, value] = [bytes[at] as number, bytes[at + 1] as number];
    at += 2;
    if (count > 0) {
      const run = Math.min(count, Math.max(0, width - x), total - done);
      if (target !== undefined) fillRun(target, done, run, value, isRle4);
      done += run;
      x += run;
    } else if (value === 0) {
      done += (width - (done % width)) % width;
      x = 0;
    } else if (value === 1) break;
    else if (value === 2) {
      if (at + 2 > bytes.length) break;
      done = Math.min(total, done + (bytes[at] as number) + (bytes[at + 1] as number) * width);
      at += 2;
      x = done % width;
    } else {
      const indices = Math.min(total - done, value);
      const length = isRle4 ? Math.ceil(indices / 2) : indices;
      if (at + length > bytes.length) break;
      if (target !== undefined) copyIndices(target, done, indices, bytes.subarray(at, at + length), isRle4);
      done += indices;
      x += value;
      at += length;
      // Pillow looks at the place in the file, not at the length.
      at += at % 2;
    }
  }
  return done;
}

function fillRun(target: Uint8Array, from: number, count: number, value: number, isRle4: boolean): void {
  if (!isRle4) target.fill(value, from, from + count);
  else for (let i = 0; i < count; i++) target[from + i] = i % 2 === 0 ? value >> 4 : value & 15;
}

function copyIndices(target: Uint8Array, from: number, count: number, packed: Uint8Array, isRle4: boolean): void {
  if (!isRle4) target.set(packed, from);
  else
    for (let i = 0; i < count; i++) {
      const pair = packed[i >> 1] as number;
      target[from + i] = i % 2 === 0 ? pair >> 4 : pair & 15;
    }
}
