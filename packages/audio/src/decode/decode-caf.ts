import type { Recording } from "../signal/recording.ts";
import { decodeAdpcm } from "./adpcm.ts";
import type { AudioLimits } from "./audio-limits.ts";
import { damaged, notReadHere } from "./decode-failure.ts";
import { latin } from "./latin.ts";
import { type PcmLayout, readPcm } from "./pcm.ts";

/** Core Audio Format files (Apple, 2011) with PCM, floats, A-law, mu-law or IMA ADPCM. */
export function decodeCaf(bytes: Uint8Array, limits: AudioLimits): Recording {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const description = chunk(view, bytes, "desc");
  const data = chunk(view, bytes, "data");
  if (description === undefined || description.start + 32 > bytes.length) throw damaged("CAF", "has no format");
  if (data === undefined) throw damaged("CAF", "has no samples (no data chunk)");
  const at = description.start;
  const kind = latin(bytes, at + 8, at + 12);
  const [sampleRate, flags, channels, bits] = [
    Math.round(view.getFloat64(at)),
    view.getUint32(at + 12),
    view.getUint32(at + 24),
    view.getUint32(at + 28),
  ];
  // The samples come after a count of changes made to them.
  const samples = bytes.subarray(Math.min(data.start + 4, data.end), data.end);
  const [packetBytes, packetFrames] = [view.getUint32(at + 16), view.getUint32(at + 20)];
  const layout = { channels, sampleRate, isLittleEndian: (flags & 2) !== 0 };
  // Nothing tells at which end of a wider packet the samples lie.
  const unpadded = (linear: Linear): Linear => {
    if (packetBytes === 0 || packetBytes === linear.sampleBytes * channels * Math.max(1, packetFrames)) return linear;
    throw notReadHere(`A CAF file with ${bits} bits of ${channels} channels in packets of ${packetBytes} bytes`);
  };
  switch (kind) {
    case "lpcm":
      return readPcm(samples, { ...layout, ...unpadded(linear(bits, (flags & 1) !== 0)) }, limits);
    case "alaw":
    case "ulaw":
      return readPcm(samples, { ...layout, coding: kind === "alaw" ? "a-law" : "mu-law", sampleBytes: 1 }, limits);
    case "ima4":
      return decodeAdpcm(samples, { channels, sampleRate, coding: "ima4", blockBytes: 34 * channels }, "CAF", limits);
    default:
      throw notReadHere(`A CAF file with ${names[kind] ?? `"${kind}"`} in it`);
  }
}

type Linear = Pick<PcmLayout, "coding" | "sampleBytes">;

function linear(bits: number, isFloat: boolean): Linear {
  const sampleBytes = Math.ceil(bits / 8);
  if (isFloat ? bits !== 32 && bits !== 64 : sampleBytes < 1 || sampleBytes > 4)
    throw damaged("CAF", `has ${isFloat ? "float" : "integer"} samples of ${bits} bits, which are not read here`);
  return { coding: isFloat ? "float" : "integer", sampleBytes };
}

const names: Readonly<Record<string, string>> = {
  "aac ": "AAC",
  alac: "ALAC",
  opus: "Opus",
  flac: "FLAC",
  ".mp3": "MP3",
};

interface CafChunk {
  readonly start: number;
  readonly end: number;
}

/** So many are looked through; files have a dozen. */
const mostChunks = 10_000;

/** The first chunk of a name; sizes have 64 bits, and one of -1 goes up to the end of the file. */
function chunk(view: DataView, bytes: Uint8Array, name: string): CafChunk | undefined {
  for (let at = 8, count = 0; at + 12 <= bytes.length && count < mostChunks; count++) {
    const size = Number(view.getBigInt64(at + 4));
    const end = size < 0 ? bytes.length : Math.min(at + 12 + size, bytes.length);
    if (latin(bytes, at, at + 4) === name) return { start: at + 12, end };
    at = end;
  }
  return undefined;
}
