import type { AudioExtent } from "../decode/audio-limits.ts";
import { flacFrameHeader } from "../decode/flac-frame-header.ts";
import { flacHeader } from "../decode/flac-header.ts";
import { mp3Header } from "../decode/mp3-header.ts";
import type { TrackCoding } from "./sound-track.ts";
import { vorbisCounter } from "./vorbis-blocks.ts";

/** Samples of one channel that a packet of Opus gives at 48 kHz, by its first byte and the count of its frames (RFC 6716, 3.1 and 3.2). */
export function opusFrames(packet: Uint8Array): number {
  const [first = 0, second = 0] = packet;
  const config = first >> 3;
  const [shortest, of] = config < 12 ? [480, [1, 2, 4, 6]] : config < 16 ? [480, [1, 2]] : [120, [1, 2, 4, 8]];
  const samples = shortest * (of[config % of.length] as number);
  const kind = first & 3;
  return samples * (kind === 3 ? second & 63 : kind === 0 ? 1 : 2);
}

/** Fewest samples of one channel that a packet of Vorbis stands for: half a short block (Vorbis I, 4.2.2 and 4.3.8). */
export function vorbisFrames(identification: Uint8Array): number {
  return 2 ** ((identification[28] ?? 6) & 15) / 2;
}

/**
 * How many samples each packet of a track gives, asked about one after the other.
 * @returns undefined for codings whose packets do not tell
 */
export function packetCounter(coding: TrackCoding): ((packet: Uint8Array) => number) | undefined {
  switch (coding.kind) {
    case "opus":
      return opusFrames;
    case "vorbis":
      return vorbisCounter(coding.headers);
    case "pcm": {
      const { channels, sampleBytes } = coding.layout;
      return ({ length }) => length / (channels * sampleBytes);
    }
    case "flac": {
      const header = flacHeader(coding.head, 0);
      return (packet) => flacFrameHeader(packet, 0, header)?.frames ?? 0;
    }
    case "mpeg":
      return (packet) => mp3Header(packet, 0)?.samplesPerFrame ?? 0;
    default:
      return undefined;
  }
}

/** What the packets of a track last at least, told without decoding them; nothing for codings whose packets cost their bytes. */
export function packetExtent(coding: TrackCoding, packets: Iterable<Uint8Array>): AudioExtent | undefined {
  let frames = 0;
  if (coding.kind === "opus") {
    for (const packet of packets) frames += opusFrames(packet);
    return { sampleRate: 48_000, channels: coding.head[9] ?? 0, frames };
  }
  const [identification] = coding.kind === "vorbis" ? coding.headers : [];
  if (identification === undefined || identification.length < 30) return undefined;
  const each = vorbisFrames(identification);
  // The first gives nothing.
  for (const _ of packets) frames += each;
  const view = new DataView(identification.buffer, identification.byteOffset, identification.byteLength);
  return {
    sampleRate: view.getUint32(12, true),
    channels: view.getUint8(11),
    frames: Math.max(0, frames - each),
  };
}
