import { filePartsOf } from "./file-parts.ts";

/** Where a header says a size. */
export interface SizeField {
  readonly at: number;
  /** In bytes. */
  readonly length: number;
  readonly isLittleEndian: boolean;
}

/** Widths, heights, counts, rates and lengths in the headers of a picture or recording; none for files of other kinds. */
export function sizeFieldsOf(bytes: Uint8Array): SizeField[] {
  const head = Buffer.from(bytes.subarray(0, 4)).toString("latin1");
  if (head === "\x89PNG") return [big(16, 4), big(20, 4), big(24, 1), big(25, 1), ...partLengths(bytes, 0, 4, false)];
  if (head === "GIF8") return [little(6, 2), little(8, 2), little(10, 1)];
  if (head === "fLaC") return [big(5, 3), big(8, 2), big(10, 2), big(18, 3), big(21, 1), big(22, 4)];
  if (head === "OggS") return [little(6, 8), big(26, 1), little(39, 1), little(40, 4), little(56, 1)];
  if (head.startsWith("BM"))
    return [little(10, 4), little(14, 4), little(18, 4), little(22, 4), little(28, 2), little(30, 4), little(46, 4)];
  if (head.startsWith("\xff\xd8")) return jpegFields(bytes);
  if (head !== "RIFF" && head !== "RF64") return [];
  const isWebp = Buffer.from(bytes.subarray(8, 12)).toString("latin1") === "WEBP";
  const fields = isWebp
    ? [little(20, 1), little(21, 4), little(24, 3), little(26, 2), little(27, 3), little(28, 2)]
    : [little(20, 2), little(22, 2), little(24, 4), little(32, 2), little(34, 2)];
  return [little(4, 4), ...fields, ...partLengths(bytes, 4, 4, true)];
}

function jpegFields(bytes: Uint8Array): SizeField[] {
  let at = 0;
  return filePartsOf(bytes).flatMap((part) => {
    const start = at;
    at += part.length;
    const marker = part[1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    const frame = [big(start + 4, 1), big(start + 5, 2), big(start + 7, 2), big(start + 9, 1), big(start + 11, 1)];
    return [big(start + 2, 2), ...(isFrame ? frame : [])];
  });
}

function partLengths(bytes: Uint8Array, offset: number, length: number, isLittleEndian: boolean): SizeField[] {
  let at = 0;
  return filePartsOf(bytes).map((part) => {
    const field = { at: at + offset, length, isLittleEndian };
    at += part.length;
    return field;
  });
}

function big(at: number, length: number): SizeField {
  return { at, length, isLittleEndian: false };
}

function little(at: number, length: number): SizeField {
  return { at, length, isLittleEndian: true };
}
