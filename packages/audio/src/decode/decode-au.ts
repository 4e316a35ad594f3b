import type { Recording } from "../signal/recording.ts";
import type { AudioLimits } from "./audio-limits.ts";
import { damaged, notReadHere } from "./decode-failure.ts";
import { type PcmCoding, readPcm } from "./pcm.ts";

/** Files of Sun and NeXT: PCM, floats, A-law and mu-law, the upper byte first. */
export function decodeAu(bytes: Uint8Array, limits: AudioLimits): Recording {
  if (bytes.length < 24) throw damaged("AU", "ends within its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A place within the header is that after it, as ffmpeg has it.
  const start = Math.max(24, view.getUint32(4));
  const size = view.getUint32(8);
  const number = view.getUint32(12);
  const kind = kinds[number];
  if (kind === undefined) throw notReadHere(`An AU file with coding ${number}`);
  // All ones, or 0, are a size that the writer did not know.
  const end = Math.min(bytes.length, size === 0xffffffff || size === 0 ? bytes.length : start + size);
  const [coding, sampleBytes] = kind;
  const layout = { coding, sampleBytes, isLittleEndian: false, sampleRate: view.getUint32(16) };
  return readPcm(bytes.subarray(start, Math.max(start, end)), { ...layout, channels: view.getUint32(20) }, limits);
}

const kinds: Readonly<Record<number, readonly [PcmCoding, number]>> = {
  1: ["mu-law", 1],
  2: ["integer", 1],
  3: ["integer", 2],
  4: ["integer", 3],
  5: ["integer", 4],
  6: ["float", 4],
  7: ["float", 8],
  27: ["a-law", 1],
};
