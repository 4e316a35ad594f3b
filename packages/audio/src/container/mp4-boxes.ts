import { latin } from "../decode/latin.ts";

/** A box of an MP4 or QuickTime file (ISO 14496-12, 4.2): its content is `bytes[start, end)`, clipped to what it lies in. */
export interface Mp4Box {
  readonly type: string;
  /** Where its header begins. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** So many are read of one stretch: an hour in fragments of a fiftieth of a second has fewer. */
const mostBoxes = 500_000;

/** The boxes that a stretch consists of. */
export function* mp4Boxes(bytes: Uint8Array, from: number, to: number): Generator<Mp4Box> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = from, count = 0; at + 8 <= to && count < mostBoxes; count++) {
    const size = view.getUint32(at);
    const isLarge = size === 1 && at + 16 <= to;
    const header = isLarge ? 16 : 8;
    // A size of 0 is that of all that is left.
    const whole = isLarge ? Number(view.getBigUint64(at + 8)) : size === 0 ? to - at : size;
    if (whole < header) return;
    const end = Math.min(at + whole, to);
    yield { type: latin(bytes, at + 4, at + 8), at, start: at + header, end };
    at = end;
  }
}

/** The first box at the end of a path of types, or nothing. */
export function mp4Box(bytes: Uint8Array, within: Pick<Mp4Box, "start" | "end">, path: string): Mp4Box | undefined {
  const [type, ...rest] = path.split("/");
  for (const box of mp4Boxes(bytes, within.start, within.end)) {
    if (box.type !== type) continue;
    const found = rest.length === 0 ? box : mp4Box(bytes, box, rest.join("/"));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first box of those that a stretch consists of which is as wanted, or nothing. */
export function findMp4Box(
  bytes: Uint8Array,
  within: Pick<Mp4Box, "start" | "end">,
  isWanted: (box: Mp4Box) => boolean,
): Mp4Box | undefined {
  for (const box of mp4Boxes(bytes, within.start, within.end)) if (isWanted(box)) return box;
  return undefined;
}

/** The content of a box as a view that ends with it; reading past it throws a RangeError. */
export function boxView(bytes: Uint8Array, { start, end }: Mp4Box): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
}
