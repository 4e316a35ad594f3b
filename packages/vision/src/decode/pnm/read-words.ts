import { truncatedPicture } from "../decode-failure.ts";
import { isBlank } from "./pnm-header.ts";

/** Pillow refuses longer words. */
const mostDigits = 10;

/**
 * Reads samples that are written as decimal numbers between blanks. A comment reaches to the end of its line and, as in Pillow,
 * does not end a number.
 *
 * @param levels by sample; a larger sample is refused
 * @param put receives the level of each sample and its place
 * @throws Error for what is no number, too large a one, `image_undecodable` for too few of them
 */
export function readWords(
  bytes: Uint8Array,
  start: number,
  count: number,
  levels: Uint8Array,
  put: (index: number, level: number) => void,
): void {
  let found = 0;
  let digits = 0;
  let value = 0;
  for (let at = start; at <= bytes.length && found < count; at++) {
    const byte = bytes[at];
    if (byte === 0x23) at = endOfLine(bytes, at);
    else if (byte === undefined || isBlank(byte)) {
      if (digits === 0) continue;
      const level = levels[value];
      if (level === undefined)
        throw new Error(`it has the sample ${value}; the largest one is to be ${levels.length - 1}`);
      put(found++, level);
      digits = value = 0;
    } else if (byte < 0x30 || byte > 0x39) throw new Error(`byte ${byte} at ${at} is no part of a number`);
    else if (++digits > mostDigits) throw new Error(`the number at byte ${at} has more than ${mostDigits} digits`);
    else value = 10 * value + byte - 0x30;
  }
  if (found < count) throw truncatedPicture("pnm", { has: found, needed: count, unit: "samples" });
}

/** The same for a bitmap: a 0 or 1 each, with or without blanks between them. */
export function readBitWords(
  bytes: Uint8Array,
  start: number,
  count: number,
  put: (index: number, level: number) => void,
): void {
  let found = 0;
  for (let at = start; at < bytes.length && found < count; at++) {
    const byte = bytes[at];
    if (byte === 0x23) at = endOfLine(bytes, at);
    else if (byte === 0x30 || byte === 0x31) put(found++, byte === 0x30 ? 255 : 0);
    else if (!isBlank(byte)) throw new Error(`byte ${byte} at ${at} is neither 0 nor 1`);
  }
  if (found < count) throw truncatedPicture("pnm", { has: found, needed: count, unit: "samples" });
}

function endOfLine(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length - 1 && bytes[at] !== 0x0a && bytes[at] !== 0x0d) at++;
  return at;
}
