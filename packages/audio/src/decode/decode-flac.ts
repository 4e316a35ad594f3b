import type { Recording } from "../signal/recording.ts";
import { type AudioLimits, checkExtent } from "./audio-limits.ts";
import { damaged } from "./decode-failure.ts";
import { FlacFrames } from "./flac-frames.ts";
import { flacHeader } from "./flac-header.ts";
import { afterId3 } from "./id3.ts";
import { latin } from "./latin.ts";
import { oggPackets } from "./ogg-packets.ts";
import { withoutTrailingTags } from "./trailing-tags.ts";

/** A FLAC file (RFC 9639): the samples that were encoded, n / 2^(bits - 1), all of them or none. */
export function decodeFlac(file: Uint8Array, limits: AudioLimits): Recording {
  const bytes = withoutTrailingTags(file.subarray(afterId3(file)));
  const header = flacHeader(bytes, 0);
  checkExtent(header, limits);
  const frames = new FlacFrames(header, limits);
  frames.addStretch(bytes, afterMetadata(bytes));
  return frames.recording();
}

/** FLAC in Ogg, a frame in each packet (RFC 9639, 10.1). */
export function decodeOggFlac(bytes: Uint8Array, limits: AudioLimits): Recording {
  let frames: FlacFrames | undefined;
  for (const packet of oggPackets(bytes, isOggFlac)) {
    if (isOggFlac(packet)) {
      if (frames !== undefined) throw damaged("FLAC", "is several in one Ogg file, one after the other");
      const header = flacHeader(packet, latin(packet, 0, 512).indexOf("fLaC"));
      checkExtent(header, limits);
      frames = new FlacFrames(header, limits);
    } else if (packet[0] === 0xff) frames?.addFrame(packet);
  }
  if (frames === undefined) throw damaged("FLAC", "does not begin with its STREAMINFO block");
  return frames.recording();
}

function isOggFlac(packet: Uint8Array): boolean {
  return latin(packet, 0, 5) === "\x7fFLAC";
}

/** Where the frames begin: metadata blocks say their sizes in 24 bits, and the last one that it is the last. */
function afterMetadata(bytes: Uint8Array): number {
  for (let at = 4; at + 4 <= bytes.length; ) {
    const [kind = 0, a = 0, b = 0, c = 0] = bytes.subarray(at, at + 4);
    at += 4 + a * 65_536 + b * 256 + c;
    if (kind >= 0x80) return Math.min(at, bytes.length);
  }
  throw damaged("FLAC", "ends within its metadata");
}
