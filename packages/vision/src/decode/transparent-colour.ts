import type { ImageFormat } from "./image-format.ts";
import type { ImageReader } from "./image-reader.ts";

/** Red, green, blue, 0..255 each. */
export type Colour = readonly [number, number, number];

/**
 * The one colour that a PNG or GIF declares transparent, as Pillow still knows it after `convert("RGB")`: a processor
 * with `do_convert_rgb` paints every pixel of that colour white. Alpha channels and palettes with several degrees of
 * transparency leave no such mark.
 */
export function transparentColourOf(bytes: Uint8Array, format: ImageFormat): Colour | undefined {
  if (format === "png") return inPng(bytes);
  return format === "gif" ? inGif(bytes) : undefined;
}

function inPng(bytes: Uint8Array): Colour | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const depth = bytes[24];
  const colourType = bytes[25];
  let palette: Uint8Array = new Uint8Array();
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const tag = view.getUint32(at + 4);
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (tag === chunkTag("IDAT")) return undefined;
    if (tag === chunkTag("PLTE")) palette = content;
    if (tag === chunkTag("tRNS")) return fromTrns(content, colourType, depth, palette);
    at += 12 + length;
  }
  return undefined;
}

function fromTrns(
  trns: Uint8Array,
  colourType: number | undefined,
  depth: number | undefined,
  palette: Uint8Array,
): Colour | undefined {
  const [high = 0, low = 0] = trns;
  // Pillow does not scale samples of 2 or 4 bits here, and compares the low byte of those of 16.
  if (colourType === 0) return depth === 1 ? same(high + low > 0 ? 255 : 0) : same(low);
  if (colourType === 2) return [low, trns[3] ?? 0, trns[5] ?? 0];
  if (colourType !== 3) return undefined;
  const index = trns.indexOf(0);
  const isSimple = index >= 0 && trns.every((alpha, i) => alpha === (i === index ? 0 : 255));
  return isSimple ? colourAt(palette, index * 3) : undefined;
}

/**
 * The colour of a GIF's pixels that its first frame leaves out or declares transparent. Pillow gives them the transparent colour, or
 * else the first one; OpenCV the background that the screen names, if its own table has it, or else black.
 */
export function gifGround(bytes: Uint8Array, reader: ImageReader): Colour {
  if (reader === "pillow") return gifColour(bytes, ({ transparent = 0 }) => transparent) ?? [0, 0, 0];
  const [packed = 0, index = 0] = bytes.subarray(10, 12);
  return 3 * index < tableBytes(packed) ? colourAt(bytes, 13 + 3 * index) : [0, 0, 0];
}

function inGif(bytes: Uint8Array): Colour | undefined {
  return gifColour(bytes, ({ transparent }) => transparent);
}

/** A colour of the table that the first frame uses. */
function gifColour(
  bytes: Uint8Array,
  pick: (frame: { readonly transparent: number | undefined }) => number | undefined,
): Colour | undefined {
  let index: number | undefined;
  let table = 13;
  let at = table + tableBytes(bytes[10] ?? 0);
  while (at < bytes.length && bytes[at] !== 0x2c) {
    if (bytes[at] !== 0x21) return undefined;
    const flags = bytes[at + 3] ?? 0;
    if (bytes[at + 1] === 0xf9 && (flags & 1) === 1) index = bytes[at + 6];
    at += 2;
    while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] as number);
    at++;
  }
  if (tableBytes(bytes[at + 9] ?? 0) > 0) table = at + 10;
  const picked = pick({ transparent: index });
  return picked === undefined ? undefined : colourAt(bytes, table + picked * 3);
}

/** Length of the colour table that a GIF's packed field announces. */
function tableBytes(packed: number): number {
  return packed & 0x80 ? 3 << ((packed & 7) + 1) : 0;
}

function colourAt(table: Uint8Array, at: number): Colour {
  return [table[at] ?? 0, table[at + 1] ?? 0, table[at + 2] ?? 0];
}

function same(level: number): Colour {
  return [level, level, level];
}

function chunkTag(name: string): number {
  return [...name].reduce((tag, letter) => tag * 256 + letter.charCodeAt(0), 0);
}
