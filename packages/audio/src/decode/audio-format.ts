import { looksLikeText } from "@menagerie/core/loader";
import { afterId3 } from "./id3.ts";
import { latin } from "./latin.ts";
import { mp3Start } from "./mp3-header.ts";
import { oggSound } from "./ogg-sound.ts";

/** The kinds of file that are decoded; Ogg is told apart by what is in it. */
export type AudioFormat =
  | "wav"
  | "aiff"
  | "au"
  | "caf"
  | "flac"
  | "mp3"
  | "ogg-vorbis"
  | "ogg-opus"
  | "ogg-flac"
  | "mp4"
  | "matroska";

/** The format that the bytes announce, whatever the file is called. */
export function audioFormatOf(bytes: Uint8Array): AudioFormat | undefined {
  const own = ours.find(([signature]) => begins(bytes, 0, signature));
  if (own !== undefined) return own[1];
  if (begins(bytes, 0, "OggS")) return oggSound(bytes)?.format;
  const start = afterId3(bytes);
  if (begins(bytes, start, "fLaC")) return "flac";
  return mp3Start(bytes, start) === undefined ? undefined : "mp3";
}

/** The phrase for bytes that begin like nothing, as raw samples do. */
export const unknownKind = "no kind of file that is known here";

/** What bytes that are no decodable recording look like, as a phrase: "text", "an AAC (ADTS) stream", … */
export function describeBytes(bytes: Uint8Array): string {
  // An ID3 tag may stand before anything: what matters comes after it.
  const start = afterId3(bytes);
  if (start > 0 && start < bytes.length) {
    const after = describeBytes(bytes.subarray(start));
    if (after !== unknownKind) return `${after} after an ID3 tag`;
  }
  if (isLatm(bytes)) return "an AAC (LATM) stream";
  const known = others.find(([signature]) => begins(bytes, 0, signature));
  if (known !== undefined) return known[1];
  // Packets of 188 bytes, or of 192 where a camera writes the time before each.
  for (const [start, step] of [
    [0, 188],
    [4, 192],
  ] as const)
    if ([0, 1, 2].every((i) => bytes[start + i * step] === 0x47)) return "an MPEG transport stream";
  const zeros = bytes.findIndex((byte) => byte !== 0);
  if (zeros > 0 && mp3Start(bytes, afterId3(bytes.subarray(zeros)) + zeros) !== undefined)
    return `an MP3 recording after ${zeros} bytes of zeros`;
  const words = latin(bytes, 0, 256);
  if (/^\s*<(?:!doctype html|html)/i.test(words)) return "an HTML page";
  if (/^\s*[{[]\s*["{[]/.test(words)) return "JSON";
  return looksLikeText(bytes.subarray(0, 512)) ? "text" : unknownKind;
}

/** A frame and the start of the next (ISO 14496-3, 1.7.2: 11 bits of mark and 13 of length). */
function isLatm(bytes: Uint8Array): boolean {
  const isMark = (at: number): boolean => bytes[at] === 0x56 && ((bytes[at + 1] ?? 0) & 0xe0) === 0xe0;
  return isMark(0) && isMark(3 + (((bytes[1] ?? 0) & 31) << 8) + (bytes[2] ?? 0));
}

/** Each character of a signature is a byte; an asterisk is any. */
function begins(bytes: Uint8Array, at: number, signature: string): boolean {
  const found = latin(bytes, at, at + signature.length);
  return found.length === signature.length && [...signature].every((sign, i) => sign === "*" || sign === found[i]);
}

const ours: readonly (readonly [string, AudioFormat])[] = [
  ["RIFF****WAVE", "wav"],
  ["RF64****WAVE", "wav"],
  ["BW64****WAVE", "wav"],
  ["RIFX****WAVE", "wav"],
  // The first 16 bytes are RIFF's name in Wave64, eight more a size; then comes that of WAVE.
  ["riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00********wave", "wav"],
  ["FORM****AIFF", "aiff"],
  ["FORM****AIFC", "aiff"],
  [".snd", "au"],
  ["caff", "caf"],
  ["****ftyp", "mp4"],
  // QuickTime files of old have no ftyp box.
  ["****moov", "mp4"],
  ["****mdat", "mp4"],
  ["****wide", "mp4"],
  ["\x1a\x45\xdf\xa3", "matroska"],
];

// The file signatures of each format's own description.
const others: readonly (readonly [string, string])[] = [
  ["\xff\xf0", "an AAC (ADTS) stream"],
  ["\xff\xf1", "an AAC (ADTS) stream"],
  ["\xff\xf8", "an AAC (ADTS) stream"],
  ["\xff\xf9", "an AAC (ADTS) stream"],
  ["ADIF", "an AAC (ADIF) file"],
  ["\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media (WMA, ASF) file"],
  ["OggS************************Speex", "an Ogg file with Speex in it"],
  ["OggS", "an Ogg file with no Vorbis, Opus or FLAC at its start"],
  ["\x1f\x43\xb6\x75", "part of a WebM recording without its beginning (a Matroska Cluster)"],
  ["RIFF****AVI ", "an AVI video"],
  ["FLV\x01", "a Flash video (FLV)"],
  ["RIFF****WEBP", "a WebP picture"],
  ["#!AMR", "an AMR recording"],
  // ffmpeg does not read it, and sox does.
  ["dns.", "a little-endian AU recording (convert it first: sox FILE FILE.wav)"],
  ["\x00ds.", "a little-endian AU recording (convert it first: sox FILE FILE.wav)"],
  ["FORM****8SVX", "an 8SVX recording of the Amiga"],
  ["FORM****16SV", "a 16SV recording of the Amiga"],
  ["NIST_1A", "a NIST SPHERE recording"],
  ["TTA1", "a True Audio (TTA) file"],
  ["TTA2", "a True Audio (TTA) file"],
  ["Creative Voice File\x1a", "a Creative Voice (VOC) file"],
  ["MThd", "a MIDI file, which holds notes and no sound"],
  ["MAC ", "a Monkey's Audio file"],
  ["wvpk", "a WavPack file"],
  ["DSD ", "a DSD recording"],
  ["\x0b\x77", "an AC-3 stream"],
  ["\x7f\xfe\x80\x01", "a DTS stream"],
  ["ID3", "an ID3 tag with no MPEG audio after it"],
  ["\x00\x00\x01\xba", "an MPEG video"],
  ["\x00\x00\x01\xb3", "an MPEG video"],
  ["\xff\xd8\xff", "a JPEG picture"],
  ["\x89PNG", "a PNG picture"],
  ["GIF8", "a GIF picture"],
  ["%PDF", "a PDF document"],
  ["PK\x03\x04", "a ZIP archive"],
  ["\x1f\x8b", "gzip data"],
];
