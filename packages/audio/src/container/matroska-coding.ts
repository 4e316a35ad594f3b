import { latin } from "../decode/latin.ts";
import { opusHead } from "./opus-head.ts";
import type { TrackCoding } from "./sound-track.ts";
import type { TrackEntry } from "./track-entry.ts";
import { vorbisHeaders } from "./vorbis-headers.ts";

/** How a track is coded, by its CodecID and CodecPrivate (Matroska's codec mappings, RFC 9559). */
export function matroskaCoding(entry: TrackEntry): TrackCoding {
  const { codec, setup, channels, sampleRate, bits } = entry;
  if (codec === "A_OPUS") return { kind: "opus", head: setup.length >= 19 ? setup : opusHead(channels) };
  if (codec === "A_VORBIS") return { kind: "vorbis", headers: vorbisHeaders(setup, "Matroska") };
  if (codec === "A_FLAC" && latin(setup, 0, 4) === "fLaC") return { kind: "flac", head: setup };
  if (codec === "A_ALAC") return { kind: "alac", cookie: setup };
  if (/^A_MPEG\/L[123]$/.test(codec)) return { kind: "mpeg" };
  const layout = { channels, sampleRate: Math.round(sampleRate), sampleBytes: bits / 8 };
  if (codec === "A_PCM/FLOAT/IEEE" && (bits === 32 || bits === 64))
    return { kind: "pcm", layout: { ...layout, coding: "float", isLittleEndian: true } };
  if (/^A_PCM\/INT\/(?:LIT|BIG)$/.test(codec) && [8, 16, 24, 32].includes(bits)) {
    const coding = bits === 8 ? "unsigned" : "integer";
    return { kind: "pcm", layout: { ...layout, coding, isLittleEndian: codec.endsWith("LIT") } };
  }
  return { kind: "other", name: names.find(([start]) => codec.startsWith(start))?.[1] ?? codec };
}

const names: readonly (readonly [string, string])[] = [
  ["A_AAC", "AAC"],
  ["A_AC3", "AC-3"],
  ["A_EAC3", "E-AC-3"],
  ["A_DTS", "DTS"],
  ["A_TRUEHD", "TrueHD"],
  ["A_MS/ACM", "sound for Windows' ACM"],
];
