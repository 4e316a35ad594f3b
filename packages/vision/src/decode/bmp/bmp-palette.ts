import type { ImageReader } from "../image-reader.ts";
import type { BmpHeader } from "./bmp-header.ts";

/** How the pixels of a bitmap with a colour table are read. */
export interface BmpIndices {
  /** Bits that an index takes in a row. */
  readonly bits: number;
  /** Red, green, blue of 256 indices, in that order. */
  readonly colours: Uint8Array;
}

/**
 * Pillow drops a palette of nothing but grey levels in their order, and reads the rows as levels, at 8 bits, or as black and white,
 * at 1 bit if the palette has no more than two colours: whatever depth the file has. OpenCV keeps to the palette.
 *
 * @throws Error if there are more colours than indices can name
 */
export function readBmpPalette(bytes: Uint8Array, header: BmpHeader, reader: ImageReader): BmpIndices {
  const { bits, colours: count, colourBytes, paletteStart, compression } = header;
  const table = bytes.subarray(paletteStart, paletteStart + count * colourBytes);
  if (reader === "pillow" && isGrey(table, count, colourBytes)) {
    if (compression !== "none") return { bits: 8, colours: count <= 2 ? blackThenWhite() : greyRamp() };
    if (count <= 2) return { bits: 1, colours: blackThenWhite() };
    // Narrower rows cannot hold levels of 8 bits, and Pillow refuses them.
    if (bits === 8) return { bits, colours: greyRamp() };
  }
  // One that the file ends within is as long as what is there.
  if (table.length > 256 * colourBytes) throw new Error(`a palette of ${count} colours has more than indices can name`);
  const colours = new Uint8Array(3 * 256);
  for (let i = 0; (i + 1) * colourBytes <= table.length; i++) {
    for (let channel = 0; channel < 3; channel++)
      colours[3 * i + channel] = table[i * colourBytes + 2 - channel] as number;
  }
  return { bits: compression === "none" ? bits : 8, colours };
}

function isGrey(table: Uint8Array, count: number, colourBytes: number): boolean {
  if (table.length < count * colourBytes) return false;
  for (let i = 0; i < count; i++) {
    const level = count === 2 ? 255 * i : i & 255;
    for (let channel = 0; channel < 3; channel++) {
      if (table[i * colourBytes + channel] !== level) return false;
    }
  }
  return true;
}

function greyRamp(): Uint8Array {
  return Uint8Array.from({ length: 3 * 256 }, (_, i) => Math.floor(i / 3));
}

function blackThenWhite(): Uint8Array {
  return new Uint8Array(3 * 256).fill(255, 3);
}
