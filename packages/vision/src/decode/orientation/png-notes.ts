import { constants, inflateSync } from "node:zlib";
import type { PictureNotes } from "./notes-of-a-picture.ts";

/** Pillow reads no text that is longer once it is unpacked. */
const longestText = 2 ** 20;

/**
 * Exif and XMP of a PNG as Pillow finds them: in chunks of their own and in texts, before the pixels and behind them; of two the
 * later one counts. ImageMagick writes Exif as hexadecimal digits into a text `Raw profile type exif`.
 * @param hasTexts false for the chunks alone
 */
export function pngNotes(bytes: Uint8Array, hasTexts: boolean): PictureNotes {
  let exif: Uint8Array | undefined;
  const texts = new Map<string, TextChunk>();
  for (const { tag, data } of chunks(bytes)) {
    if (tag === "eXIf") exif = data;
    if (!hasTexts) continue;
    const text = tag === "tEXt" || tag === "zTXt" || tag === "iTXt" ? textChunk(tag, data) : undefined;
    if (text?.key === "exif" && tag === "tEXt") exif = text.rest;
    else if (text !== undefined && wantedTexts.includes(text.key)) texts.set(text.key, text);
  }
  const profile = texts.get(exifProfile);
  return { exif: exif ?? (profile && fromDigits(textOf(profile))), xmp: textOf(texts.get(xmpPacket)) };
}

const exifProfile = "Raw profile type exif";
const xmpPacket = "XML:com.adobe.xmp";
const wantedTexts = [exifProfile, xmpPacket];

interface Chunk {
  readonly tag: string;
  readonly data: Uint8Array;
}

function* chunks(bytes: Uint8Array): Iterable<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 8 + view.getUint32(at);
    const tag = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (tag === "IEND" || end > bytes.length) return;
    yield { tag, data: bytes.subarray(at + 8, end) };
    at = end + 4;
  }
}

interface TextChunk {
  readonly tag: string;
  readonly key: string;
  /** What follows the keyword and its zero. */
  readonly rest: Uint8Array;
}

function textChunk(tag: string, data: Uint8Array): TextChunk | undefined {
  const zero = data.subarray(0, 80).indexOf(0);
  return zero < 1 ? undefined : { tag, key: latin(data.subarray(0, zero)), rest: data.subarray(zero + 1) };
}

/** Unpacked only when it is known to be needed: a file may hold many that are not. */
function textOf(chunk: TextChunk | undefined): string | undefined {
  if (chunk === undefined) return undefined;
  const { tag, rest } = chunk;
  if (tag === "tEXt") return latin(rest);
  if (tag === "zTXt") return rest[0] === 0 ? inflated(rest.subarray(1)) : undefined;
  const language = rest.indexOf(0, 2);
  const translated = language < 0 ? -1 : rest.indexOf(0, language + 1);
  if (translated < 0) return undefined;
  const text = rest.subarray(translated + 1);
  if (rest[0] === 0) return latin(text);
  return rest[1] === 0 ? inflated(text) : undefined;
}

function inflated(packed: Uint8Array): string | undefined {
  try {
    return latin(inflateSync(packed, { maxOutputLength: longestText, finishFlush: constants.Z_SYNC_FLUSH }));
  } catch {
    return undefined;
  }
}

/** Three lines of introduction, then digits. */
function fromDigits(text: string | undefined): Uint8Array | undefined {
  const digits = text?.split("\n").slice(3).join("").replaceAll(/\s/g, "") ?? "";
  return /^(?:[0-9a-fA-F]{2})+$/.test(digits) ? Buffer.from(digits, "hex") : undefined;
}

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
