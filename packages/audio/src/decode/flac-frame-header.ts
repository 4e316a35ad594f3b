import type { FlacHeader } from "./flac-header.ts";

/** The header of one frame (RFC 9639, 9.1). */
export interface FlacFrameHeader {
  readonly headerBytes: number;
  /** Samples of one channel. */
  readonly frames: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
  /** How the second of two channels, or both, are written. */
  readonly stereo: "independent" | "left-side" | "side-right" | "mid-side";
}

/** The header at a place, or nothing if there is none; what it leaves out is taken from the file's. */
export function flacFrameHeader(bytes: Uint8Array, at: number, file: FlacHeader): FlacFrameHeader | undefined {
  const [second = 0, third = 0, fourth = 1] = [bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  if (bytes[at] !== 0xff || (second & 0xfe) !== 0xf8 || (fourth & 1) !== 0) return undefined;
  const numberBytes = codedNumberBytes(bytes[at + 4] ?? 0xff);
  if (numberBytes === 0) return undefined;
  const [sizeCode, rateCode] = [third >> 4, third & 15];
  const sizeAt = at + 4 + numberBytes;
  const rateAt = sizeAt + (sizeCode === 6 ? 1 : sizeCode === 7 ? 2 : 0);
  const crcAt = rateAt + (rateCode === 12 ? 1 : rateCode > 12 ? 2 : 0);
  if (crcAt >= bytes.length || crc8(bytes, at, crcAt) !== bytes[crcAt]) return undefined;
  const frames = framesOf(sizeCode, bytes, sizeAt);
  const sampleRate = rateOf(rateCode, bytes, rateAt, file);
  const bits = [file.bits, 8, 12, undefined, 16, 20, 24, 32][(fourth >> 1) & 7];
  const assignment = fourth >> 4;
  if (frames === undefined || sampleRate === undefined || bits === undefined || assignment > 10) return undefined;
  const stereo = (["left-side", "side-right", "mid-side"] as const)[assignment - 8] ?? "independent";
  const channels = assignment < 8 ? assignment + 1 : 2;
  return { headerBytes: crcAt + 1 - at, frames, sampleRate, channels, bits, stereo };
}

/** Of a number in the manner of UTF-8 and up to seven bytes long, by its first; 0 if no number begins so. */
function codedNumberBytes(first: number): number {
  const ones = Math.clz32(~(first << 24));
  return ones === 0 ? 1 : ones === 1 || ones > 7 ? 0 : ones;
}

function framesOf(code: number, bytes: Uint8Array, at: number): number | undefined {
  if (code === 0) return undefined;
  if (code === 1) return 192;
  if (code < 6) return 144 << code;
  if (code === 6) return (bytes[at] as number) + 1;
  return code === 7 ? uint16(bytes, at) + 1 : 1 << code;
}

function rateOf(code: number, bytes: Uint8Array, at: number, file: FlacHeader): number | undefined {
  if (code === 12) return (bytes[at] as number) * 1000;
  if (code === 13) return uint16(bytes, at);
  if (code === 14) return uint16(bytes, at) * 10;
  return code === 0 ? file.sampleRate : rates[code];
}

const rates = [0, 88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) * 256 + (bytes[at + 1] as number);
}

/** Polynomial x^8 + x^2 + x + 1. */
function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) {
    crc ^= bytes[i] as number;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ ((crc & 0x80) === 0 ? 0 : 7)) & 0xff;
  }
  return crc;
}
