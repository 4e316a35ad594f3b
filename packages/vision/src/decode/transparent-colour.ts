import type { Colour } from "./colour.ts";
import { colourAt, firstGifFrame } from "./gif-frame.ts";
import type { ImageFormat } from "./image-format.ts";

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

function inGif(bytes: Uint8Array): Colour | undefined {
  const { transparent, table = 0 } = firstGifFrame(bytes) ?? {};
  return transparent === undefined ? undefined : colourAt(bytes, table + transparent * 3);
}

function same(level: number): Colour {
  return [level, level, level];
}

function chunkTag(name: string): number {
  return [...name].reduce((tag, letter) => tag * 256 + letter.charCodeAt(0), 0);
}
