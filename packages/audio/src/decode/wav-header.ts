import { damaged } from "./decode-failure.ts";
import { latin } from "./latin.ts";

/** How the samples of a WAV file are written. */
export type WavCoding = "integer" | "float" | "a-law" | "mu-law";

export interface WavHeader {
  readonly coding: WavCoding;
  readonly channels: number;
  readonly sampleRate: number;
  /** Bytes of one sample: 1 to 4, for floats 4 or 8. */
  readonly sampleBytes: number;
  /** Where the samples lie in the file, whole ones only. */
  readonly dataStart: number;
  readonly frames: number;
}

interface Chunk {
  readonly id: string;
  readonly start: number;
  /** As written, which may be more than the file has. */
  readonly size: number;
}

/**
 * Reads the chunks of a RIFF, RF64 or BW64 file (Microsoft and IBM 1991; EBU Tech 3306). Sizes beyond the file, of files
 * that were streamed or cut, end with it.
 *
 * @throws ModelError `audio_undecodable` for what is missing, impossible or not read here.
 */
export function wavHeader(bytes: Uint8Array): WavHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = chunksOf(view, bytes, 12);
  const format = chunks.find(({ id }) => id === "fmt ");
  const data = chunks.find(({ id }) => id === "data");
  if (format === undefined) throw damaged("WAV", "has no format (no fmt chunk)");
  if (data === undefined) throw damaged("WAV", "has no samples (no data chunk)");
  if (format.size < 16 || format.start + 16 > bytes.length)
    throw damaged("WAV", `has a format of ${format.size} bytes, fewer than 16`);
  const channels = view.getUint16(format.start + 2, true);
  const sampleRate = view.getUint32(format.start + 4, true);
  const blockBytes = view.getUint16(format.start + 12, true);
  const bits = view.getUint16(format.start + 14, true);
  if (channels === 0 || sampleRate === 0)
    throw damaged("WAV", `has ${channels} channels at ${sampleRate} Hz by its header`);
  const coding = codingOf(view, format);
  // 12 bits lie in 16, 20 in 24, at their upper end; the size of a block tells which.
  const perSample = blockBytes / channels;
  const isPadded = coding === "integer" && Number.isInteger(perSample) && perSample * 8 >= bits && perSample <= 4;
  const sampleBytes = isPadded ? perSample : Math.ceil(bits / 8);
  const widths = coding === "float" ? [4, 8] : coding === "integer" ? [1, 2, 3, 4] : [1];
  if (bits === 0 || !widths.includes(sampleBytes))
    throw damaged("WAV", `has ${coding} samples of ${bits} bits, which are not read here`);
  const dataBytes = dataBytesOf(view, bytes, data, chunks);
  return {
    coding,
    channels,
    sampleRate,
    sampleBytes,
    dataStart: data.start,
    frames: Math.floor(dataBytes / (sampleBytes * channels)),
  };
}

function chunksOf(view: DataView, bytes: Uint8Array, from: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = from; at + 8 <= bytes.length && chunks.length < 10_000; ) {
    const chunk = { id: latin(bytes, at, at + 4), start: at + 8, size: view.getUint32(at + 4, true) };
    chunks.push(chunk);
    at = chunk.start + chunk.size + (chunk.size % 2);
  }
  return chunks;
}

function dataBytesOf(view: DataView, bytes: Uint8Array, data: Chunk, chunks: readonly Chunk[]): number {
  const rest = bytes.length - data.start;
  const large = chunks[0];
  // A 64-bit file keeps the size of its samples in a chunk of its own, and all ones here.
  if (data.size === 0xffffffff && large?.id === "ds64" && large.start + 16 <= bytes.length) {
    return Math.min(rest, Number(view.getBigUint64(large.start + 8, true)));
  }
  // A writer that could not go back left 0: what follows are samples, unless it is more chunks up to the file's end.
  if (data.size === 0 && !isChunksToEnd(view, bytes, data.start)) return rest;
  return Math.min(rest, data.size);
}

function isChunksToEnd(view: DataView, bytes: Uint8Array, from: number): boolean {
  const last = chunksOf(view, bytes, from).at(-1);
  return last === undefined
    ? bytes.length === from
    : /^[ -~]{4}$/.test(last.id) && Math.abs(last.start + last.size - bytes.length) <= 1;
}

const codings: Readonly<Record<number, WavCoding>> = { 1: "integer", 3: "float", 6: "a-law", 7: "mu-law" };
const refused: Readonly<Record<number, string>> = {
  2: "Microsoft ADPCM",
  17: "IMA ADPCM",
  49: "GSM 6.10",
  80: "MPEG",
  85: "MP3",
  255: "AAC",
};
const extensible = 0xfffe;
// The last 14 bytes of a sub-format; the first two are the coding's number (KSDATAFORMAT_SUBTYPE_WAVEFORMATEX).
const subFormat = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71";

function codingOf(view: DataView, { start, size }: Chunk): WavCoding {
  let tag = view.getUint16(start, true);
  if (tag === extensible) {
    if (size < 40 || start + 40 > view.byteLength)
      throw damaged("WAV", "is of the extensible kind and does not say which");
    const guid = new Uint8Array(view.buffer, view.byteOffset + start + 24, 16);
    if (latin(guid, 2, 16) !== subFormat) throw damaged("WAV", "is of an extensible kind that is not read here");
    tag = view.getUint16(start + 24, true);
  }
  const coding = codings[tag];
  if (coding !== undefined) return coding;
  throw damaged(
    "WAV",
    `holds ${refused[tag] ?? "a coding"} (format ${tag}), which is not read here; PCM, float, A-law and mu-law are`,
  );
}
