import { firstNumber, numbersOf, tiffEntries } from "./orientation/tiff-directory.ts";

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
  /** True if each sample has a plane of its own. */
  readonly isPlanar: boolean;
}

export const minIsWhite = 0;
export const minIsBlack = 1;
export const rgbColours = 2;
export const paletteColours = 3;
export const inkColours = 5;
export const yCbCrColours = 6;
export const cieLab = 8;

const compressionTag = 259;
const bitsTag = 258;
const coloursTag = 262;
const samplesTag = 277;
const planesTag = 284;
const extraSamplesTag = 338;
const numbersTag = 339;

/** What the first directory says; undefined where there is none. */
export function tiffLayout(bytes: Uint8Array): TiffLayout | undefined {
  if (bytes.length < 8) return undefined;
  const isLittle = bytes[0] === 0x49;
  const tags = [compressionTag, bitsTag, coloursTag, samplesTag, planesTag, extraSamplesTag, numbersTag];
  const entries = tiffEntries(bytes, directoryOf(bytes, isLittle), isLittle, tags);
  if (entries.size === 0) return undefined;
  const one = (tag: number, otherwise: number): number => {
    const entry = entries.get(tag);
    return entry === undefined ? otherwise : firstNumber(entry, isLittle);
  };
  const all = (tag: number): readonly number[] => {
    const entry = entries.get(tag);
    return entry === undefined ? [] : numbersOf(entry, isLittle);
  };
  const bits = all(bitsTag);
  const numbers = all(numbersTag);
  return {
    isLittle,
    compression: one(compressionTag, 1),
    colours: one(coloursTag, minIsWhite),
    bits: bits[0] ?? 1,
    isUniform: [bits, numbers].every((list) => list.every((value) => value === list[0])),
    numbers: numbers[0] ?? 1,
    samples: one(samplesTag, 1),
    extra: all(extraSamplesTag),
    isPlanar: one(planesTag, 1) === 2,
  };
}

/** The same file, but its samples are called unsigned and its colours apart from alpha: so a decoder gives them as they are stored. */
export function asStored(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const isLittle = copy[0] === 0x49;
  const entries = tiffEntries(copy, directoryOf(copy, isLittle), isLittle, [extraSamplesTag, numbersTag]);
  const [extra, numbers] = [entries.get(extraSamplesTag), entries.get(numbersTag)];
  if (extra?.type === 3) extra.data.setUint16(0, 2, isLittle);
  if (numbers?.type === 3)
    for (let at = 0; at < numbers.data.byteLength; at += 2) numbers.data.setUint16(at, 1, isLittle);
  return copy;
}

function directoryOf(bytes: Uint8Array, isLittle: boolean): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, isLittle);
}
