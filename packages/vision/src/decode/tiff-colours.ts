import { firstNumber, tiffEntries } from "./orientation/tiff-directory.ts";

const compressionTag = 259;
const coloursTag = 262;
const extraSamplesTag = 338;

const cieLab = 8;

/** libtiff turns these into RGB where they are compressed as JPEG, and nobody does elsewhere. */
const yCbCr = 6;
const jpegCompressions = [6, 7];

/** @throws Error for CIELAB, and for YCbCr outside JPEG data, whose samples libvips passes on as if they were RGB */
export function checkTiffColours(bytes: Uint8Array): void {
  const compression = tagOf(bytes, compressionTag) ?? 1;
  const colours = tagOf(bytes, coloursTag);
  if (colours === cieLab) throw new Error("its colours are CIELAB");
  if (colours === yCbCr && !jpegCompressions.includes(compression))
    throw new Error("its YCbCr samples are not compressed as JPEG");
}

/** True if colours and alpha are apart: colours are not multiplied by alpha already. */
export function hasPlainAlpha(bytes: Uint8Array): boolean {
  return tagOf(bytes, extraSamplesTag) === 2;
}

/** True if 0 is white, which decoders turn round in 16 bits and Pillow does not. */
export function isWhiteLeast(bytes: Uint8Array): boolean {
  return tagOf(bytes, coloursTag) === 0;
}

function tagOf(bytes: Uint8Array, tag: number): number | undefined {
  if (bytes.length < 8) return undefined;
  const isLittle = bytes[0] === 0x49;
  const start = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, isLittle);
  const entry = tiffEntries(bytes, start, isLittle, [tag]).get(tag);
  return entry && firstNumber(entry, isLittle);
}
