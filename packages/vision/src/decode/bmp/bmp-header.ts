import type { Size } from "../../geometry/size.ts";
import { truncatedPicture } from "../decode-failure.ts";

/** What the header of a Windows or OS/2 bitmap says, read as Pillow's BmpImagePlugin reads it. */
export interface BmpHeader extends Size {
  readonly isTopDown: boolean;
  readonly bits: number;
  readonly compression: "none" | "rle8" | "rle4" | "bitfields";
  /** Bits of red, green and blue in a pixel of 16, 24 or 32 bits, if the file names them. */
  readonly masks: readonly [number, number, number] | undefined;
  /** Entries of the colour table, and the bytes that each takes. */
  readonly colours: number;
  readonly colourBytes: 3 | 4;
  /** Where the colour table and the pixels begin, in bytes from the start of the file. */
  readonly paletteStart: number;
  readonly pixelStart: number;
}

/** Length of the header of OS/2's first version, whose sides have 16 bits. */
const oldest = 12;
const lengths = [oldest, 40, 52, 56, 64, 108, 124];
const depths = [1, 4, 8, 16, 24, 32];
const compressions = ["none", "rle8", "rle4", "bitfields"] as const;

/** @throws Error saying what is not supported, `image_undecodable` if the header is not all there */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  if (bytes.length < 18) throw truncatedPicture("bmp", { has: bytes.length, needed: 18 });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(14, true);
  if (!lengths.includes(length)) throw new Error(`a header of ${length} bytes is not supported`);
  const end = 14 + length;
  if (bytes.length < end) throw truncatedPicture("bmp", { has: bytes.length, needed: end });
  const word = (at: number): number => view.getUint32(at, true);
  const { width, height, isTopDown, bits } = length === oldest ? oldSides(view) : sides(view);
  if (!depths.includes(bits)) throw new Error(`${bits} bits a pixel are not supported`);
  const compression = compressions[length === oldest ? 0 : word(30)];
  if (compression === undefined) throw new Error(`compression ${word(30)} is not supported`);
  if (compression !== "none" && (compression === "bitfields") !== bits > 8)
    throw new Error(`compression ${word(30)} with ${bits} bits a pixel is not supported`);
  if (width === 0 || height === 0) throw new Error(`a size of ${width} x ${height} has no pixels`);
  const masks = compression === "bitfields" ? readMasks(view) : undefined;
  // Masks stand behind a header of 40 bytes and inside a longer one: at the same place.
  const paletteStart = length === 40 && masks !== undefined ? end + 12 : end;
  const colourBytes = length === oldest ? 3 : 4;
  const colours = (length === oldest ? 0 : word(46)) || 2 ** bits;
  if (bits <= 8 && colours > 65_536) throw new Error(`a palette of ${colours} colours is not supported`);
  const paletteEnd = bits <= 8 ? paletteStart + colours * colourBytes : paletteStart;
  const stated = word(10);
  // Some writers leave the palette out of the offset.
  const pixelStart = stated === 0 || (stated === end && bits <= 8) ? paletteEnd : stated;
  return { width, height, isTopDown, bits, compression, masks, colours, colourBytes, paletteStart, pixelStart };
}

interface Sides extends Size {
  readonly isTopDown: boolean;
  readonly bits: number;
}

function oldSides(view: DataView): Sides {
  const word = (at: number): number => view.getUint16(at, true);
  return { width: word(18), height: word(20), isTopDown: false, bits: word(24) };
}

function sides(view: DataView): Sides {
  const height = view.getUint32(22, true);
  // Rows from the top: the height is negative, and Pillow tells so by its upper byte.
  const isTopDown = height >= 0xff_00_00_00;
  const rows = isTopDown ? 2 ** 32 - height : height;
  return { width: view.getUint32(18, true), height: rows, isTopDown, bits: view.getUint16(28, true) };
}

function readMasks(view: DataView): [number, number, number] {
  if (view.byteLength < 66) throw truncatedPicture("bmp", { has: view.byteLength, needed: 66 });
  return [view.getUint32(54, true), view.getUint32(58, true), view.getUint32(62, true)];
}
