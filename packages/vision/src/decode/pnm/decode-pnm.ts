import type { RgbImage } from "../../rgb-image.ts";
import { truncatedPicture } from "../decode-failure.ts";
import type { ImageReader } from "../image-reader.ts";
import type { PnmHeader } from "./pnm-header.ts";
import { readBitWords, readWords } from "./read-words.ts";
import { sampleLevels } from "./sample-levels.ts";

/**
 * Decodes the samples of a PBM, PGM, PPM or PAM to the levels that Pillow or OpenCV read (see `sampleLevels`); alpha is dropped.
 *
 * @param header of these bytes, its size checked against the limits
 * @throws Error saying what is wrong, `image_undecodable` if samples are missing: before memory is taken for them
 */
export function decodePnm(bytes: Uint8Array, header: PnmHeader, reader: ImageReader): RgbImage {
  const { width, height, channels, coding, start, maximum } = header;
  const samples = width * height * channels;
  const needed = start + leastBytes(header, samples);
  if (bytes.length < needed) throw truncatedPicture("pnm", { has: bytes.length, needed: needed });
  const data = new Uint8Array(3 * width * height);
  const put = channels < 3 ? putGrey(data) : putLevel(data);
  if (coding === "bits") fromBits(bytes, header, data);
  else if (coding === "text bits") readBitWords(bytes, start, samples, put);
  else {
    const levels = sampleLevels(header, reader);
    if (coding === "text") readWords(bytes, start, samples, levels, put);
    else if (maximum > 255) fromPairs(bytes, header, levels, data);
    else fromBytes(bytes, header, levels, data);
  }
  return { data, width, height };
}

/** What the samples take at least; a text may have blanks and zeros beyond. */
function leastBytes({ width, height, coding, maximum }: PnmHeader, samples: number): number {
  switch (coding) {
    case "bits":
      return Math.ceil(width / 8) * height;
    case "bytes":
      return samples * (maximum > 255 ? 2 : 1);
    case "text bits":
      return samples;
    case "text":
      return 2 * samples - 1;
  }
}

function putLevel(data: Uint8Array): (index: number, level: number) => void {
  return (index, level) => {
    data[index] = level;
  };
}

function putGrey(data: Uint8Array): (index: number, level: number) => void {
  return (index, level) => {
    data[3 * index] = data[3 * index + 1] = data[3 * index + 2] = level;
  };
}

function fromBits(bytes: Uint8Array, { width, height, start }: PnmHeader, data: Uint8Array): void {
  const stride = Math.ceil(width / 8);
  for (let y = 0, write = 0; y < height; y++) {
    for (let x = 0; x < width; x++, write += 3) {
      const isBlack = (bytes[start + y * stride + (x >> 3)] as number) & (128 >> (x & 7));
      data[write] = data[write + 1] = data[write + 2] = isBlack === 0 ? 255 : 0;
    }
  }
}

function fromBytes(bytes: Uint8Array, { channels, start }: PnmHeader, levels: Uint8Array, data: Uint8Array): void {
  if (channels === 3 && levels.every((level, sample) => level === sample)) {
    data.set(bytes.subarray(start, start + data.length));
    return;
  }
  // Grey stands thrice; a second sample beside one, or a fourth beside three, is alpha.
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  for (let read = start, write = 0; write < data.length; read += channels, write += 3) {
    data[write] = levels[bytes[read] as number] as number;
    data[write + 1] = levels[bytes[read + green] as number] as number;
    data[write + 2] = levels[bytes[read + blue] as number] as number;
  }
}

function fromPairs(bytes: Uint8Array, { channels, start }: PnmHeader, levels: Uint8Array, data: Uint8Array): void {
  const [green, blue] = channels < 3 ? [0, 0] : [2, 4];
  for (let read = start, write = 0; write < data.length; read += 2 * channels, write += 3) {
    data[write] = levels[((bytes[read] as number) << 8) | (bytes[read + 1] as number)] as number;
    data[write + 1] = levels[((bytes[read + green] as number) << 8) | (bytes[read + green + 1] as number)] as number;
    data[write + 2] = levels[((bytes[read + blue] as number) << 8) | (bytes[read + blue + 1] as number)] as number;
  }
}
