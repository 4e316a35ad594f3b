import type { RgbImage } from "../../rgb-image.ts";
import { truncatedPicture } from "../decode-failure.ts";
import type { ImageReader } from "../image-reader.ts";
import type { BmpHeader } from "./bmp-header.ts";
import { type BmpIndices, readBmpPalette } from "./bmp-palette.ts";
import { expandRuns } from "./bmp-runs.ts";

/**
 * Decodes a bitmap to the levels that Pillow or OpenCV read; alpha is dropped. The two differ for 16 bits a pixel, and for the odd
 * palettes that `readBmpPalette` names. What OpenCV cannot read, and run lengths, are read as Pillow reads them.
 *
 * @param header of these bytes, its size checked against the limits
 * @throws Error saying what is not supported, `image_undecodable` if pixels are missing: before memory is taken for them
 */
export function decodeBmp(bytes: Uint8Array, header: BmpHeader, reader: ImageReader): RgbImage {
  const { width, height, bits, compression } = header;
  const data =
    compression === "rle8" || compression === "rle4"
      ? fromRuns(bytes, header, reader)
      : bits <= 8
        ? fromIndices(bytes, header, readBmpPalette(bytes, header, reader))
        : bits === 16
          ? fromWords(bytes, header, reader)
          : fromBytes(bytes, header, reader);
  return { data, width, height };
}

/** Tells where a row of pixels begins, counted from the top of the picture; all of them are there. */
function rowPlaces(bytes: Uint8Array, header: BmpHeader, bits: number): (y: number) => number {
  const { width, height, pixelStart, isTopDown } = header;
  const stride = 4 * Math.ceil((width * header.bits) / 32);
  // The last row may lack the bytes that only fill it up.
  const end = pixelStart + stride * (height - 1) + Math.ceil((width * bits) / 8);
  if (end > bytes.length) throw truncatedPicture("bmp", { has: bytes.length, needed: end });
  return (y) => pixelStart + stride * (isTopDown ? y : height - 1 - y);
}

function fromIndices(bytes: Uint8Array, header: BmpHeader, { bits, colours }: BmpIndices): Uint8Array {
  const startOf = rowPlaces(bytes, header, bits);
  const data = new Uint8Array(3 * header.width * header.height);
  const mask = 2 ** bits - 1;
  let write = 0;
  for (let y = 0; y < header.height; y++) {
    const start = startOf(y);
    for (let x = 0; x < header.width; x++, write += 3) {
      const bit = x * bits;
      const index = ((bytes[start + (bit >> 3)] as number) >> (8 - bits - (bit & 7))) & mask;
      data[write] = colours[3 * index] as number;
      data[write + 1] = colours[3 * index + 1] as number;
      data[write + 2] = colours[3 * index + 2] as number;
    }
  }
  return data;
}

function fromRuns(bytes: Uint8Array, header: BmpHeader, reader: ImageReader): Uint8Array {
  const { width, height, isTopDown, pixelStart, compression } = header;
  const isRle4 = compression === "rle4";
  const { colours } = readBmpPalette(bytes, header, reader);
  const total = width * height;
  const found = expandRuns(bytes, pixelStart, header, isRle4);
  if (found < total) throw new Error(`its run lengths make ${found} pixels of ${width} x ${height}`);
  const indices = new Uint8Array(total);
  expandRuns(bytes, pixelStart, header, isRle4, indices);
  // In memory an index takes a byte, and rows need no filling up.
  const unpacked = { ...header, bits: 8, width: total, height: 1, pixelStart: 0 };
  const data = fromIndices(indices, unpacked, { bits: 8, colours });
  if (!isTopDown) turnRows(data, 3 * width);
  return data;
}

function turnRows(data: Uint8Array, rowBytes: number): void {
  const kept = new Uint8Array(rowBytes);
  for (let top = 0, bottom = data.length - rowBytes; top < bottom; top += rowBytes, bottom -= rowBytes) {
    kept.set(data.subarray(top, top + rowBytes));
    data.copyWithin(top, bottom, bottom + rowBytes);
    data.set(kept, bottom);
  }
}

/** 5 or 6 bits a channel: spread over 0..255 by Pillow, shifted up by OpenCV. */
function fromWords(bytes: Uint8Array, header: BmpHeader, reader: ImageReader): Uint8Array {
  const [red = 0x7c_00, green = 0x3_e0, blue = 0x1f] = header.masks ?? [];
  const isSix = red === 0xf8_00 && green === 0x7_e0 && blue === 0x1f;
  if (!isSix && !(red === 0x7c_00 && green === 0x3_e0 && blue === 0x1f)) throw unknownMasks(header);
  const startOf = rowPlaces(bytes, header, 16);
  const data = new Uint8Array(3 * header.width * header.height);
  const level = (value: number, bitCount: number): number =>
    reader === "opencv" ? value << (8 - bitCount) : Math.floor((value * 255) / (2 ** bitCount - 1));
  const five = Uint8Array.from({ length: 32 }, (_, value) => level(value, 5));
  const greens = isSix ? Uint8Array.from({ length: 64 }, (_, value) => level(value, 6)) : five;
  let write = 0;
  for (let y = 0; y < header.height; y++) {
    for (let x = 0, read = startOf(y); x < header.width; x++, read += 2, write += 3) {
      const pixel = (bytes[read] as number) | ((bytes[read + 1] as number) << 8);
      data[write] = five[(pixel >> (isSix ? 11 : 10)) & 31] as number;
      data[write + 1] = greens[(pixel >> 5) & (isSix ? 63 : 31)] as number;
      data[write + 2] = five[pixel & 31] as number;
    }
  }
  return data;
}

/** A byte a channel, of 24 or 32 bits. */
function fromBytes(bytes: Uint8Array, header: BmpHeader, reader: ImageReader): Uint8Array {
  const { width, height, bits } = header;
  const [red, green, blue] = channelPlaces(header, reader);
  const startOf = rowPlaces(bytes, header, bits);
  const data = new Uint8Array(3 * width * height);
  let write = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0, read = startOf(y); x < width; x++, read += bits >> 3, write += 3) {
      data[write] = bytes[read + red] as number;
      data[write + 1] = bytes[read + green] as number;
      data[write + 2] = bytes[read + blue] as number;
    }
  }
  return data;
}

function channelPlaces(header: BmpHeader, reader: ImageReader): readonly [number, number, number] {
  const { masks, bits, paletteStart } = header;
  const hasNone = masks === undefined || masks.every((mask) => mask === 0);
  // OpenCV looks for masks in headers with room for four of them.
  if (hasNone || (reader === "opencv" && paletteStart < 14 + 56 && bits === 32)) return [2, 1, 0];
  const places = masks.map((mask) => [0xff, 0xff_00, 0xff_00_00, 0xff_00_00_00].indexOf(mask));
  const [red = -1, green = -1, blue = -1] = places;
  if (Math.min(red, green, blue) < 0 || Math.max(red, green, blue) >= bits >> 3) throw unknownMasks(header);
  return [red, green, blue];
}

function unknownMasks({ masks = [0, 0, 0], bits }: BmpHeader): Error {
  const written = masks.map((mask) => `0x${mask.toString(16)}`).join(", ");
  return new Error(`masks ${written} of ${bits} bits a pixel are not supported`);
}
