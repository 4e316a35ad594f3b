import { damaged } from "../decode/decode-failure.ts";
import type { PcmCoding } from "../decode/pcm.ts";
import { boxView, type Mp4Box, mp4Boxes } from "./mp4-boxes.ts";
import { elementaryStream } from "./mp4-elementary-stream.ts";
import type { TrackCoding } from "./sound-track.ts";

/** How a track is coded, by the first entry of its description (ISO 14496-12, 8.5.2; QuickTime File Format, sound). */
export function mp4Coding(bytes: Uint8Array, description: Mp4Box): TrackCoding {
  const [entry] = mp4Boxes(bytes, description.start + 8, description.end);
  if (entry === undefined || entry.end - entry.start < 28)
    throw damaged("MP4", "does not say how its sound is coded (no sample entry)");
  const view = boxView(bytes, entry);
  const isSecond = view.getUint16(8) === 2 && view.byteLength >= 64;
  const channels = isSecond ? view.getUint32(40) : view.getUint16(16);
  const sampleRate = Math.round(isSecond ? view.getFloat64(32) : view.getUint32(24) / 65_536);
  const content = bytes.subarray(entry.start, entry.end);
  switch (entry.type) {
    case "Opus":
      return { kind: "opus", head: opusHeadOf(named(content, "dOps")) };
    case "fLaC": {
      // Version and flags, then the metadata blocks.
      const blocks = named(content, "dfLa").subarray(4);
      return { kind: "flac", head: Buffer.concat([Buffer.from("fLaC"), blocks]) };
    }
    case ".mp3":
    case "ms\0\x55":
      return { kind: "mpeg" };
    case "alac":
      // Version and flags, then the setup.
      return { kind: "alac", cookie: named(content, "alac").subarray(4) };
    case "mp4a":
      return elementaryStream(named(content, "esds", new Uint8Array(0)));
    case "ima4":
      return { kind: "ima4", channels, sampleRate };
    default:
  }
  const pcm = pcmOf(entry.type, isSecond ? view.getUint32(48) : view.getUint16(18), isSecond ? view.getUint32(52) : 0);
  if (pcm === undefined) return { kind: "other", name: names[entry.type] ?? `"${entry.type}"` };
  // The upper byte comes first unless a box says otherwise.
  const order = named(content, "enda", new Uint8Array(0));
  const isLittleEndian = pcm.isLittleEndian ?? order[1] === 1;
  return { kind: "pcm", layout: { ...pcm, isLittleEndian, channels, sampleRate } };
}

/** The content of a box somewhere in a sample entry, of which there are three layouts: found by its name. */
function named(entry: Uint8Array, type: string, otherwise?: Uint8Array): Uint8Array {
  const searched = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength);
  for (let at = searched.indexOf(type, 20, "latin1"); at >= 4; at = searched.indexOf(type, at + 4, "latin1")) {
    // QuickTime names a coding also as a word, in what is no box of that name.
    const end = at - 4 + searched.readUInt32BE(at - 4);
    if (end >= at + 4 && end <= entry.length) return entry.subarray(at + 4, end);
  }
  if (otherwise !== undefined) return otherwise;
  throw damaged("MP4", `has no setup for its sound (no ${type} box)`);
}

/** The header of RFC 7845 from that of MP4, which has the same fields with the upper byte first. */
function opusHeadOf(box: Uint8Array): Uint8Array {
  if (box.length < 11) throw damaged("MP4", "has no setup for its Opus");
  const head = Buffer.concat([Buffer.from("OpusHead\x01", "latin1"), box.subarray(1)]);
  head.subarray(10, 12).swap16();
  head.subarray(12, 16).swap32();
  head.subarray(16, 18).swap16();
  return new Uint8Array(head);
}

interface Pcm {
  readonly coding: PcmCoding;
  readonly sampleBytes: number;
  readonly isLittleEndian?: boolean;
}

function pcmOf(type: string, bits: number, flags: number): Pcm | undefined {
  const sampleBytes = Math.ceil(bits / 8);
  const isWidth = sampleBytes >= 1 && sampleBytes <= 4;
  switch (type) {
    case "twos":
    case "sowt":
      return isWidth ? { coding: "integer", sampleBytes, isLittleEndian: type === "sowt" } : undefined;
    case "NONE":
    case "raw ":
      // 8 bits have no sign, 16 have one.
      if (!isWidth || sampleBytes > 2) return undefined;
      return { coding: sampleBytes === 1 ? "unsigned" : "integer", sampleBytes, isLittleEndian: false };
    case "in24":
      return { coding: "integer", sampleBytes: 3 };
    case "in32":
      return { coding: "integer", sampleBytes: 4 };
    case "fl32":
      return { coding: "float", sampleBytes: 4 };
    case "fl64":
      return { coding: "float", sampleBytes: 8 };
    case "alaw":
      return { coding: "a-law", sampleBytes: 1 };
    case "ulaw":
      return { coding: "mu-law", sampleBytes: 1 };
    case "lpcm": {
      // Flags of Core Audio: 1 floats, 2 the upper byte first, 4 signed.
      const isFloat = (flags & 1) !== 0;
      if (isFloat ? bits !== 32 && bits !== 64 : !isWidth) return undefined;
      const coding = isFloat ? "float" : (flags & 4) !== 0 ? "integer" : "unsigned";
      return { coding, sampleBytes, isLittleEndian: (flags & 2) === 0 };
    }
    default:
      return undefined;
  }
}

const names: Readonly<Record<string, string>> = {
  "ac-3": "AC-3",
  "ec-3": "E-AC-3",
  enca: "encrypted sound",
  samr: "AMR",
  sawb: "AMR-WB",
};
