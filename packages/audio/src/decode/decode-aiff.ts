import type { Recording } from "../signal/recording.ts";
import { decodeAdpcm } from "./adpcm.ts";
import type { AudioLimits } from "./audio-limits.ts";
import { damaged, notReadHere } from "./decode-failure.ts";
import { latin } from "./latin.ts";
import { type PcmCoding, readPcm } from "./pcm.ts";
import { riffChunks } from "./riff-chunks.ts";

/** AIFF and AIFF-C (Apple, 1989 and 1991): PCM in either byte order, floats, A-law and mu-law, IMA ADPCM. */
export function decodeAiff(bytes: Uint8Array, limits: AudioLimits): Recording {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = riffChunks(view, bytes, 12, false);
  const common = chunks.find(({ id }) => id === "COMM");
  const sound = chunks.find(({ id }) => id === "SSND");
  if (common === undefined || common.start + 18 > bytes.length) throw damaged("AIFF", "has no format (no COMM chunk)");
  if (sound === undefined || sound.start + 8 > bytes.length) throw damaged("AIFF", "has no samples (no SSND chunk)");
  const channels = view.getUint16(common.start);
  const bits = view.getUint16(common.start + 6);
  const sampleRate = extended(view, common.start + 8);
  const isCompressed = latin(bytes, 8, 12) === "AIFC" && common.size >= 22;
  const kind = isCompressed ? latin(bytes, common.start + 18, common.start + 22) : "NONE";
  const start = sound.start + 8 + view.getUint32(sound.start);
  // A writer that could not go back left 0, or more than there is.
  const end = sound.size < 8 ? bytes.length : sound.start + sound.size;
  const data = bytes.subarray(start, Math.min(Math.max(start, end), bytes.length));
  if (kind === "ima4")
    return decodeAdpcm(data, { coding: "ima4", channels, sampleRate, blockBytes: 34 * channels }, "AIFF", limits);
  const known = kinds[kind];
  if (known === undefined) throw notReadHere(`An AIFF file with "${kind}" in it`);
  const sampleBytes = known.sampleBytes ?? Math.ceil(bits / 8);
  if (sampleBytes < 1 || sampleBytes > (known.sampleBytes ?? 4))
    throw damaged("AIFF", `has samples of ${bits} bits, which are not read here`);
  const { coding, isLittleEndian = false } = known;
  return readPcm(data, { coding, isLittleEndian, sampleBytes, channels, sampleRate }, limits);
}

interface Kind {
  readonly coding: PcmCoding;
  readonly isLittleEndian?: boolean;
  readonly sampleBytes?: number;
}

const kinds: Readonly<Record<string, Kind>> = {
  NONE: { coding: "integer" },
  twos: { coding: "integer" },
  sowt: { coding: "integer", isLittleEndian: true },
  "raw ": { coding: "unsigned" },
  in24: { coding: "integer", sampleBytes: 3 },
  in32: { coding: "integer", sampleBytes: 4 },
  "42ni": { coding: "integer", sampleBytes: 3, isLittleEndian: true },
  "23ni": { coding: "integer", sampleBytes: 4, isLittleEndian: true },
  fl32: { coding: "float", sampleBytes: 4 },
  FL32: { coding: "float", sampleBytes: 4 },
  fl64: { coding: "float", sampleBytes: 8 },
  FL64: { coding: "float", sampleBytes: 8 },
  alaw: { coding: "a-law", sampleBytes: 1 },
  ALAW: { coding: "a-law", sampleBytes: 1 },
  ulaw: { coding: "mu-law", sampleBytes: 1 },
  ULAW: { coding: "mu-law", sampleBytes: 1 },
};

/** A number in 80 bits (IEEE 754 extended): sign and exponent in 16, all digits in 64. */
function extended(view: DataView, at: number): number {
  const exponent = (view.getUint16(at) & 0x7fff) - 16_383 - 63;
  return Math.round(Number(view.getBigUint64(at + 2)) * 2 ** exponent);
}
