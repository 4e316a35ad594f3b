import { damaged, notReadHere } from "./decode-failure.ts";
import { latin } from "./latin.ts";
import type { PcmCoding } from "./pcm.ts";
import { type RiffChunk, riffChunks, wave64Chunks } from "./riff-chunks.ts";

/** How the samples of a WAV file are written. */
export type WavCoding = PcmCoding | "ima-adpcm" | "ms-adpcm" | "mpeg";

export interface WavHeader {
  readonly coding: WavCoding;
  readonly isLittleEndian: boolean;
  readonly channels: number;
  readonly sampleRate: number;
  /** Bytes of one sample, 1 to 4, for floats 4 or 8; of what is coded in blocks, those of a block of all channels. */
  readonly sampleBytes: number;
  /** Where the samples lie in the file, and how many bytes. */
  readonly dataStart: number;
  readonly dataBytes: number;
}

/**
 * Reads the chunks of a RIFF, RIFX, RF64, BW64 or Wave64 file (Microsoft and IBM 1991; EBU Tech 3306). Sizes beyond it, of files
 * that were streamed or cut, end with it.
 *
 * @throws ModelError `audio_undecodable` for what is missing, impossible or not read here.
 */
export function wavHeader(bytes: Uint8Array): WavHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittleEndian = bytes[3] !== 0x58;
  const chunks = bytes[0] === 0x72 ? wave64Chunks(view, bytes) : riffChunks(view, bytes, 12, isLittleEndian);
  const format = chunks.find(({ id }) => id === "fmt ");
  const data = chunks.find(({ id }) => id === "data");
  if (format === undefined) throw damaged("WAV", "has no format (no fmt chunk)");
  if (data === undefined) throw damaged("WAV", "has no samples (no data chunk)");
  if (format.size < 16 || format.start + 16 > bytes.length)
    throw damaged("WAV", `has a format of ${format.size} bytes, fewer than 16`);
  const channels = view.getUint16(format.start + 2, isLittleEndian);
  const sampleRate = view.getUint32(format.start + 4, isLittleEndian);
  const blockBytes = view.getUint16(format.start + 12, isLittleEndian);
  const bits = view.getUint16(format.start + 14, isLittleEndian);
  if (channels === 0 || sampleRate === 0)
    throw damaged("WAV", `has ${channels} channels at ${sampleRate} Hz by its header`);
  const coding = codingOf(view, format, isLittleEndian, bits);
  return {
    coding,
    isLittleEndian,
    channels,
    sampleRate,
    sampleBytes: isInBlocks(coding) ? blockBytes : sampleBytesOf(coding, channels, blockBytes, bits),
    dataStart: data.start,
    dataBytes: dataBytesOf(view, bytes, data, chunks, isLittleEndian),
  };
}

function isInBlocks(coding: WavCoding): boolean {
  return coding === "ima-adpcm" || coding === "ms-adpcm" || coding === "mpeg";
}

function sampleBytesOf(coding: WavCoding, channels: number, blockBytes: number, bits: number): number {
  // 12 bits lie in 16, 20 in 24, at their upper end; the size of a block tells which.
  const perSample = blockBytes / channels;
  const isInteger = coding === "integer" || coding === "unsigned";
  const isPadded = isInteger && Number.isInteger(perSample) && perSample * 8 >= bits && perSample <= 4;
  const sampleBytes = isPadded ? perSample : Math.ceil(bits / 8);
  const widths = coding === "float" ? [4, 8] : isInteger ? [1, 2, 3, 4] : [1];
  if (bits === 0 || !widths.includes(sampleBytes))
    throw damaged("WAV", `has ${isInteger ? "integer" : coding} samples of ${bits} bits, which are not read here`);
  return sampleBytes;
}

function dataBytesOf(
  view: DataView,
  bytes: Uint8Array,
  data: RiffChunk,
  chunks: readonly RiffChunk[],
  isLittleEndian: boolean,
): number {
  const rest = bytes.length - data.start;
  const large = chunks.find(({ id }) => id === "ds64");
  // A 64-bit file keeps the size of its samples in a chunk of its own, and all ones here.
  if (data.size === 0xffffffff && large !== undefined && large.start + 16 <= bytes.length) {
    return Math.min(rest, Number(view.getBigUint64(large.start + 8, true)));
  }
  // A writer that could not go back left 0: what follows are samples, unless it is more chunks up to the file's end.
  if (data.size === 0 && !isChunksToEnd(view, bytes, data.start, isLittleEndian)) return rest;
  return Math.min(rest, data.size);
}

function isChunksToEnd(view: DataView, bytes: Uint8Array, from: number, isLittleEndian: boolean): boolean {
  const last = riffChunks(view, bytes, from, isLittleEndian).at(-1);
  return last === undefined
    ? bytes.length === from
    : /^[ -~]{4}$/.test(last.id) && Math.abs(last.start + last.size - bytes.length) <= 1;
}

const codings: Readonly<Record<number, WavCoding>> = {
  1: "integer",
  2: "ms-adpcm",
  3: "float",
  6: "a-law",
  7: "mu-law",
  17: "ima-adpcm",
  80: "mpeg",
  85: "mpeg",
};
const refused: Readonly<Record<number, string>> = {
  34: "TrueSpeech",
  49: "GSM 6.10",
  64: "G.721 ADPCM",
  69: "G.726 ADPCM",
  100: "G.726 ADPCM",
  101: "G.722 ADPCM",
  255: "AAC",
  352: "Windows Media Audio",
  353: "Windows Media Audio",
  354: "Windows Media Audio",
  5632: "AAC",
  41222: "Speex",
};
const extensible = 0xfffe;
// The last 14 bytes of a sub-format; the first two are the coding's number (KSDATAFORMAT_SUBTYPE_WAVEFORMATEX).
const subFormat = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71";

function codingOf(view: DataView, { start, size }: RiffChunk, isLittleEndian: boolean, bits: number): WavCoding {
  let tag = view.getUint16(start, isLittleEndian);
  if (tag === extensible) {
    if (size < 40 || start + 40 > view.byteLength)
      throw damaged("WAV", "is of the extensible kind and does not say which");
    const guid = new Uint8Array(view.buffer, view.byteOffset + start + 24, 16);
    if (latin(guid, 2, 16) !== subFormat) throw damaged("WAV", "is of an extensible kind that is not read here");
    tag = view.getUint16(start + 24, isLittleEndian);
  }
  const coding = codings[tag];
  if (coding === undefined) throw notReadHere(`A WAV file with ${refused[tag] ?? "a coding"} (format ${tag}) in it`);
  // IMA's steps are another for each number of bits, Microsoft's are for 4 alone.
  if ((coding === "ima-adpcm" || coding === "ms-adpcm") && bits !== 4)
    throw notReadHere(`A WAV file with ADPCM of ${bits} bits (format ${tag}) in it`);
  // Up to 8 bits have no sign.
  return coding === "integer" && bits <= 8 ? "unsigned" : coding;
}
