import type { ImageFormat } from "./image-format.ts";

/**
 * Frames of an animation, or pages of a document, told from the structure of the file alone: decoders build a list of
 * them first, and a small file can announce millions. A damaged file may have any count; pages that point at each other count
 * as one above `limit`.
 */
export function frameCount(bytes: Uint8Array, format: ImageFormat, limit: number): number {
  switch (format) {
    case "png":
      return pngFrames(bytes);
    case "gif":
      return gifFrames(bytes);
    case "webp":
      return webpFrames(bytes);
    case "tiff":
      return tiffPages(bytes, limit);
    default:
      return 1;
  }
}

/** An animated PNG says so in a chunk before its first pixels. */
function pngFrames(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const tag = view.getUint32(at + 4);
    if (tag === 0x61_63_54_4c) return Math.max(view.getUint32(at + 8), 1);
    if (tag === 0x49_44_41_54) return 1;
  }
  return 1;
}

function gifFrames(bytes: Uint8Array): number {
  let frames = 0;
  let at = 13 + colourTableBytes(bytes[10]);
  while (at < bytes.length) {
    if (bytes[at] === 0x2c) {
      frames++;
      at += 11 + colourTableBytes(bytes[at + 9]);
    } else if (bytes[at] === 0x21) at += 2;
    else break;
    while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] as number);
    at++;
  }
  return Math.max(frames, 1);
}

function colourTableBytes(packed = 0): number {
  return packed & 0x80 ? 3 << ((packed & 7) + 1) : 0;
}

function webpFrames(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  let frames = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    if (view.getUint32(at) === 0x41_4e_4d_46) frames++;
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length & 1);
  }
  return Math.max(frames, 1);
}

/** Directories point at the next one; a ring of them goes beyond any limit. */
function tiffPages(bytes: Uint8Array, limit: number): number {
  const view = viewOf(bytes);
  const isLittle = bytes[0] === 0x49;
  let pages = 0;
  let at = bytes.length < 8 ? 0 : view.getUint32(4, isLittle);
  while (at > 0 && at + 2 <= bytes.length && pages <= limit) {
    pages++;
    const next = at + 2 + 12 * view.getUint16(at, isLittle);
    at = next + 4 <= bytes.length ? view.getUint32(next, isLittle) : 0;
  }
  return Math.max(pages, 1);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
