import { ModelError } from "@menagerie/core";
import { requireBytes } from "@menagerie/core/loader";
import { decodeTrack } from "../container/decode-track.ts";
import { matroskaTrack } from "../container/matroska-track.ts";
import { mp4Track } from "../container/mp4-track.ts";
import type { Recording } from "../signal/recording.ts";
import { type AudioFormat, audioFormatOf } from "./audio-format.ts";
import { type AudioLimits, checkBytes, defaultAudioLimits } from "./audio-limits.ts";
import { decodeAiff } from "./decode-aiff.ts";
import { decodeAu } from "./decode-au.ts";
import { decodeCaf } from "./decode-caf.ts";
import { damaged, decoderFailure, notARecording } from "./decode-failure.ts";
import { decodeFlac } from "./decode-flac.ts";
import { decodeMp3 } from "./decode-mp3.ts";
import { decodeOgg } from "./decode-ogg.ts";
import { decodeWav } from "./decode-wav.ts";

export interface DecodedRecording extends Recording {
  readonly format: AudioFormat;
}

/**
 * Decodes a recording, told by its bytes alone, to finite float32 samples of each channel at the file's own rate: WAV, AIFF,
 * AU, CAF, FLAC, MP3, Ogg (Vorbis, Opus, FLAC), and what of these is in MP4, QuickTime, WebM and Matroska files, beside
 * video or without. MP3, Vorbis and Opus need a decoder that the user installs.
 *
 * @param file is left as it is
 * @throws ModelError `audio_too_large` from the header where that tells and else while decoding, `dependency_missing`
 *   for a decoder that is not installed, `insufficient_memory` if the process may not have the bytes it takes,
 *   `audio_undecodable` for everything else.
 */
export async function decodeAudio(
  file: Uint8Array,
  limits: AudioLimits = defaultAudioLimits,
): Promise<DecodedRecording> {
  requireBytes(file, "decodeAudio", "audio_undecodable");
  checkBytes(file.byteLength, limits);
  // A Buffer's slice is a view where that of other bytes is a copy; in here all bytes are of the one kind, and never written.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const format = audioFormatOf(bytes);
  if (format === undefined) throw notARecording(bytes);
  const name = format === "matroska" ? "Matroska" : format.toUpperCase();
  const recording = await decodeAs(format, bytes, limits).catch((cause: unknown) => {
    throw cause instanceof ModelError ? cause : decoderFailure(name, cause);
  });
  const { channels } = recording;
  if ((channels[0]?.length ?? 0) === 0) throw damaged(name, `of ${bytes.byteLength} bytes has no samples`);
  for (const [channel, samples] of channels.entries()) {
    const index = firstNotFinite(samples);
    if (index >= 0) throw damaged(name, `has ${samples[index]} as sample ${index} of channel ${channel + 1}`);
  }
  return { ...recording, format };
}

async function decodeAs(format: AudioFormat, bytes: Uint8Array, limits: AudioLimits): Promise<Recording> {
  switch (format) {
    case "wav":
      return decodeWav(bytes, limits);
    case "aiff":
      return decodeAiff(bytes, limits);
    case "au":
      return decodeAu(bytes, limits);
    case "caf":
      return decodeCaf(bytes, limits);
    case "mp4":
      return decodeTrack(mp4Track(bytes), bytes.byteLength, limits);
    case "matroska":
      return decodeTrack(matroskaTrack(bytes), bytes.byteLength, limits);
    case "mp3":
      return decodeMp3(bytes, limits);
    case "flac":
      return decodeFlac(bytes, limits);
    case "ogg-vorbis":
    case "ogg-opus":
    case "ogg-flac":
      return decodeOgg(bytes, limits);
  }
}

function firstNotFinite(samples: Float32Array): number {
  for (let i = 0; i < samples.length; i++) if (!Number.isFinite(samples[i])) return i;
  return -1;
}
