import type { ImageReader } from "./image-reader.ts";
import { countOf, firstNumber, numbersOf, tiffEntries } from "./orientation/tiff-directory.ts";

/** How a TIFF's first picture keeps its samples, by its tags, with TIFF 6.0's defaults where it says nothing. */
export interface TiffLayout {
  readonly isLittle: boolean;
  /** 1 for none. */
  readonly compression: number;
  /** What the samples mean: 0 and 1 grey (0 is white, 0 is black), 2 RGB, 3 palette, 5 ink, 6 YCbCr, 8 CIELAB. */
  readonly colours: number;
  /** Bits of each sample of a pixel, or of the first where they differ. */
  readonly bits: number;
  readonly isUniform: boolean;
  /** 1 unsigned, 2 signed, 3 floating point; others are nobody's pictures. */
  readonly numbers: number;
  readonly samples: number;
  /** What each sample beyond the colours is: 0 anything, 1 alpha by which the colours are multiplied, 2 alpha. */
  readonly extra: readonly number[];
  /** True if each sample is said to have a plane of its own, also where there is one alone. */
  readonly isPlanar: boolean;
  /** True if the bits of each byte stand from the lowest to the highest. */
  readonly isReversed: boolean;
  /** Pixels of a tile; undefined where the picture lies in strips. */
  readonly tilePixels: number | undefined;
  /** Strips or tiles that the file has, in all planes, and those that the picture's sides need; 0 needed where sides make no sense. */
  readonly pieces: { readonly count: number; readonly needed: number };
  /** Numbers of the palette, three to a colour, and whether all are below 256, as where somebody took them for bytes. */
  readonly palette: { readonly length: number; readonly isOfBytes: boolean };
  /** 1 for cyan, magenta, yellow and black. */
  readonly inkSet: number;
  /** As the tag says it, in or out of Exif's range. */
  readonly orientation: number;
}

export const minIsWhite = 0;
export const minIsBlack = 1;
export const rgbColours = 2;
export const paletteColours = 3;
export const inkColours = 5;
export const yCbCrColours = 6;
export const cieLab = 8;

const tag = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  colours: 262,
  fillOrder: 266,
  strips: 273,
  orientation: 274,
  samples: 277,
  stripHeight: 278,
  planes: 284,
  palette: 320,
  tileWidth: 322,
  tileHeight: 323,
  tiles: 324,
  inkSet: 332,
  extra: 338,
  numbers: 339,
} as const;

/** What the first directory says; undefined where there is none. */
export function tiffLayout(bytes: Uint8Array): TiffLayout | undefined {
  if (bytes.length < 8) return undefined;
  const isLittle = bytes[0] === 0x49;
  const entries = tiffEntries(bytes, directoryOf(bytes, isLittle), isLittle, Object.values(tag));
  if (entries.size === 0) return undefined;
  const one = <Otherwise>(number: number, otherwise: Otherwise): number | Otherwise => {
    const entry = entries.get(number);
    return entry === undefined ? otherwise : firstNumber(entry, isLittle);
  };
  const all = (number: number): readonly number[] => {
    const entry = entries.get(number);
    return entry === undefined ? [] : numbersOf(entry, isLittle);
  };
  const bits = all(tag.bits);
  const numbers = all(tag.numbers);
  const palette = all(tag.palette);
  const [tileWidth, tileHeight] = [one(tag.tileWidth, undefined), one(tag.tileHeight, undefined)];
  const [width, height, samples] = [one(tag.width, 0), one(tag.height, 0), one(tag.samples, 1)];
  const isPlanar = one(tag.planes, 1) === 2;
  const columns = tileWidth === undefined ? 1 : Math.ceil(width / tileWidth);
  const rows = Math.ceil(height / (tileHeight ?? one(tag.stripHeight, height)));
  const needed = columns * rows * (isPlanar ? samples : 1);
  const count = [tag.strips, tag.tiles]
    .map((number) => entries.get(number))
    .reduce((sum, entry) => sum + (entry === undefined ? 0 : countOf(entry)), 0);
  return {
    isLittle,
    compression: one(tag.compression, 1),
    colours: one(tag.colours, minIsWhite),
    bits: bits[0] ?? 1,
    isUniform: [bits, numbers].every((list) => list.every((value) => value === list[0])),
    numbers: numbers[0] ?? 1,
    samples,
    extra: all(tag.extra),
    isPlanar,
    isReversed: one(tag.fillOrder, 1) === 2,
    tilePixels: tileWidth === undefined || tileHeight === undefined ? undefined : tileWidth * tileHeight,
    pieces: { count, needed: Number.isFinite(needed) ? needed : 0 },
    palette: { length: palette.length, isOfBytes: palette.every((value) => value < 256) },
    inkSet: one(tag.inkSet, 1),
    orientation: one(tag.orientation, 1),
  };
}

/**
 * The same file, but with tags by which sharp's decoder gives what the reader gives: the samples as they are stored where their numbers
 * or their alpha would have it compute, one plane where one sample has it, and no orientation that there is not.
 */
export function forDecoder(bytes: Uint8Array, layout: TiffLayout, reader: ImageReader): Uint8Array {
  const { bits, colours, compression, extra, isPlanar, numbers, orientation, samples } = layout;
  const changes = new Map<number, number>();
  if (extra[0] === 1) changes.set(tag.extra, 2);
  // OpenCV takes signed samples as their bits are, and Pillow those of a byte.
  if (numbers === 2 && (reader === "opencv" || bits === 8)) changes.set(tag.numbers, 1);
  if (isPlanar && samples === 1) changes.set(tag.planes, 1);
  // Pillow forgets of a plane that is not compressed that its 0 is white.
  if (isPlanar && samples === 1 && colours === minIsWhite && compression === 1 && reader === "pillow")
    changes.set(tag.colours, minIsBlack);
  // Pillow takes the upper byte of each colour, also where somebody wrote bytes.
  if (colours === paletteColours && layout.palette.isOfBytes && reader === "pillow") changes.set(tag.palette, 0);
  if (!(orientation >= 1 && orientation <= 8)) changes.set(tag.orientation, 1);
  // Pillow does not ask which inks they are.
  if (layout.inkSet !== 1) changes.set(tag.inkSet, 1);
  if (changes.size === 0) return bytes;
  const copy = Uint8Array.from(bytes);
  const isLittle = copy[0] === 0x49;
  const entries = tiffEntries(copy, directoryOf(copy, isLittle), isLittle, [...changes.keys()]);
  for (const [number, { type, data }] of entries) {
    // The decoder reads other types of numbers too; those here are what is written.
    const size = type === 3 ? 2 : type === 4 ? 4 : undefined;
    if (size === undefined) continue;
    const count = number === tag.extra ? 1 : data.byteLength / size;
    for (let i = 0; i < count; i++) {
      if (size === 2) data.setUint16(2 * i, changes.get(number) as number, isLittle);
      else data.setUint32(4 * i, changes.get(number) as number, isLittle);
    }
  }
  return copy;
}

function directoryOf(bytes: Uint8Array, isLittle: boolean): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, isLittle);
}
