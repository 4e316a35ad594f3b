import type { Recording } from "../signal/recording.ts";
import { type AudioLimits, checkExtent } from "./audio-limits.ts";
import { damaged } from "./decode-failure.ts";
import { FlacFrames } from "./flac-frames.ts";
import { flacHeader, isFlacStart } from "./flac-header.ts";
import { afterId3 } from "./id3.ts";
import { latin } from "./latin.ts";
import { oggPackets } from "./ogg-packets.ts";
import { SampleCollector } from "./sample-collector.ts";
import { withoutTrailingTags } from "./trailing-tags.ts";

/** A FLAC file (RFC 9639), or several one after the other: the samples that were encoded, n / 2^(bits - 1), all of them or none. */
export function decodeFlac(file: Uint8Array, limits: AudioLimits): Recording {
  const bytes = withoutTrailingTags(file);
  let part = decodeOne(bytes, afterId3(bytes), limits);
  if (part.next === undefined) return part.recording;
  const collector = new SampleCollector("FLAC", limits);
  for (;;) {
    const { channels, sampleRate } = part.recording;
    collector.add({ channelData: channels, samplesDecoded: channels[0]?.length ?? 0, sampleRate, errors: [] });
    if (part.next === undefined) return collector.recording();
    part = decodeOne(bytes, part.next, limits);
  }
}

interface FlacPart {
  readonly recording: Recording;
  /** Where another file begins after this one. */
  readonly next: number | undefined;
}

function decodeOne(bytes: Uint8Array, start: number, limits: AudioLimits): FlacPart {
  const header = flacHeader(bytes, start);
  checkExtent(header, limits);
  const frames = new FlacFrames(header, limits);
  const end = frames.addStretch(bytes, afterMetadata(bytes, start));
  return { recording: frames.recording(), next: nextFile(bytes, end) };
}

function nextFile(bytes: Uint8Array, from: number): number | undefined {
  const searched = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = searched.indexOf("fLaC", from); at >= 0; at = searched.indexOf("fLaC", at + 4)) {
    if (isFlacStart(bytes, at)) return at;
  }
  return undefined;
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

/** Where the frames of a file begin: metadata blocks say their sizes in 24 bits, and the last one that it is the last. */
function afterMetadata(bytes: Uint8Array, start: number): number {
  for (let at = start + 4; at + 4 <= bytes.length; ) {
    const [kind = 0, a = 0, b = 0, c = 0] = bytes.subarray(at, at + 4);
    at += 4 + a * 65_536 + b * 256 + c;
    if (kind >= 0x80) return Math.min(at, bytes.length);
  }
  throw damaged("FLAC", "ends within its metadata");
}
