import type { Recording } from "../signal/recording.ts";
import type { AudioFormat } from "./audio-format.ts";
import { type AudioLimits, checkExtent } from "./audio-limits.ts";
import { damaged } from "./decode-failure.ts";
import { decodeStream } from "./decode-stream.ts";
import { type FlacHeader, flacHeader } from "./flac-header.ts";
import { afterId3 } from "./id3.ts";
import { latin } from "./latin.ts";
import { optionalDecoder } from "./optional-decoder.ts";
import { withoutTrailingTags } from "./trailing-tags.ts";

/** FLAC, by itself or in Ogg: the samples that were encoded, n / 2^(bits - 1) to the bit. */
export async function decodeFlac(bytes: Uint8Array, format: AudioFormat, limits: AudioLimits): Promise<Recording> {
  const start = format === "ogg-flac" ? 0 : afterId3(bytes);
  const marker = format === "ogg-flac" ? latin(bytes, 0, 512).indexOf("fLaC") : start;
  if (marker < 0) throw damaged("FLAC", "does not begin with its STREAMINFO block");
  const header = flacHeader(bytes, marker);
  checkExtent(header, limits);
  // More bits than a float32 has cannot be recovered from the decoder's floats.
  if (header.bits < 4 || header.bits > 24)
    throw damaged("FLAC", `has samples of ${header.bits} bits; 4 to 24 are read here`);
  const { FLACDecoder } = await optionalDecoder(
    "@wasm-audio-decoders/flac",
    "FLAC",
    () => import("@wasm-audio-decoders/flac"),
  );
  // The decoder takes a tag after the last frame for a part of it. A dozen bytes can stand for 65,535 equal samples.
  const collector = await decodeStream(
    new FLACDecoder(),
    withoutTrailingTags(bytes.subarray(start)),
    4096,
    "FLAC",
    limits,
  );
  const { frames } = collector;
  if (header.frames > 0 && frames !== header.frames) {
    throw damaged("FLAC", `is truncated or damaged: of ${header.frames} samples ${frames} can be decoded`);
  }
  const recording = collector.recording();
  for (const channel of recording.channels) rescale(channel, header);
  return recording;
}

/** The decoder divides by 2^(bits - 1) - 1, where all others divide by 2^(bits - 1): the integers first, then theirs. */
function rescale(samples: Float32Array, { bits }: FlacHeader): void {
  const full = 2 ** (bits - 1);
  for (let i = 0; i < samples.length; i++) samples[i] = Math.round((samples[i] as number) * (full - 1)) / full;
}
