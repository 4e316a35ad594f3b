import type { Recording } from "../signal/recording.ts";
import { decodeAdpcm } from "./adpcm.ts";
import type { AudioLimits } from "./audio-limits.ts";
import { decodeMp3 } from "./decode-mp3.ts";
import { readPcm } from "./pcm.ts";
import { wavHeader } from "./wav-header.ts";

/** WAV with PCM, floats, A-law or mu-law, ADPCM of Microsoft and IMA, or MPEG audio in it. */
export async function decodeWav(bytes: Uint8Array, limits: AudioLimits): Promise<Recording> {
  const { coding, dataStart, dataBytes, ...layout } = wavHeader(bytes);
  const data = bytes.subarray(dataStart, dataStart + dataBytes);
  if (coding === "mpeg") return decodeMp3(data, limits);
  if (coding === "ima-adpcm" || coding === "ms-adpcm") {
    return decodeAdpcm(data, { ...layout, coding, blockBytes: layout.sampleBytes }, "WAV", limits);
  }
  return readPcm(data, { ...layout, coding }, limits);
}
