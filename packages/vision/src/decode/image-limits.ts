import { ModelError } from "@menagerie/core";

/** What a picture may cost, checked before any of its pixels is decoded. */
export interface ImageLimits {
  /** Size of the file in bytes. */
  readonly maxBytes: number;
  /** Width times height. */
  readonly maxPixels: number;
  /** Frames of an animation or pages of a document; only the first is decoded, but all are counted. */
  readonly maxFrames: number;
}

/** 64 MiB; the number of pixels at which Pillow refuses a "decompression bomb"; a thousand frames. */
export const defaultImageLimits: ImageLimits = { maxBytes: 64 * 2 ** 20, maxPixels: 178_956_970, maxFrames: 1000 };

export function checkBytes(bytes: number, { maxBytes }: ImageLimits): void {
  if (bytes <= maxBytes) return;
  throw tooLarge(`has ${bytes} bytes; the limit is ${maxBytes}`, { bytes, maxBytes });
}

/** Frames are refused before the decoder is asked: it would build a list of them all. */
export function checkFrames(frames: number, { maxFrames }: ImageLimits): void {
  if (frames <= maxFrames) return;
  throw tooLarge(`has ${frames} frames; the limit is ${maxFrames}`, { frames, maxFrames });
}

export function checkSize(width: number, height: number, { maxPixels }: ImageLimits): void {
  if (width * height <= maxPixels) return;
  const size = `${width} x ${height} = ${width * height} pixels`;
  throw tooLarge(`has ${size}; the limit is ${maxPixels}`, { width, height, pixels: width * height, maxPixels });
}

function tooLarge(what: string, details: Readonly<Record<string, number>>): ModelError {
  return new ModelError(
    "image_too_large",
    `The picture ${what}. Send a smaller one. (In code, decodeImage takes other limits as its second argument.)`,
    { details },
  );
}
