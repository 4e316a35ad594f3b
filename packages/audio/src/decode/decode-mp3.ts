import type { Recording } from "../signal/recording.ts";
import { type AudioLimits, checkExtent } from "./audio-limits.ts";
import { damaged } from "./decode-failure.ts";
import { decodeStream, portionsOf } from "./decode-stream.ts";
import { afterId3 } from "./id3.ts";
import { mp3FrameCount, mp3Header, mp3Runs, mp3Start } from "./mp3-header.ts";
import { optionalDecoder } from "./optional-decoder.ts";

/** MPEG audio by mpg123, without the silence that an encoder notes to have added. */
export async function decodeMp3(bytes: Uint8Array, limits: AudioLimits): Promise<Recording> {
  const start = mp3Start(bytes, afterId3(bytes));
  const header = start === undefined ? undefined : mp3Header(bytes, start);
  if (start === undefined || header === undefined) throw damaged("MP3", "has no frame at its start");
  const { sampleRate, channels, samplesPerFrame } = header;
  checkExtent({ sampleRate, channels, frames: (mp3FrameCount(bytes, start) ?? 0) * samplesPerFrame }, limits);
  const { MPEGDecoder } = await optionalDecoder("mpg123-decoder", "MP3", () => import("mpg123-decoder"));
  // mpg123 gives up on tags of a kind that it does not know.
  const portions = portionsOf(Buffer.concat(mp3Runs(bytes, start)), 16_384);
  const collector = await decodeStream(new MPEGDecoder(), portions, "MP3", limits);
  const recording = collector.recording();
  const [left, right] = recording.channels;
  // mpg123 is built to give two channels; one that was recorded comes twice.
  const isMono =
    channels === 1 && left !== undefined && right !== undefined && left.every((value, i) => value === right[i]);
  return isMono ? { ...recording, channels: [left] } : recording;
}
