import { BitReader } from "./bit-reader.ts";
import type { FlacFrameHeader } from "./flac-frame-header.ts";
import { readSubframe } from "./flac-subframe.ts";

export interface FlacFrame {
  readonly channels: readonly Float32Array[];
  /** Of the frame with its header and check sum. */
  readonly bytes: number;
}

/** Why a frame cannot be read: the bytes end within it, or are not as they were written. */
export type FlacFault = "cut" | "damaged";

/** Decodes the frame that the bytes begin with, to n / 2^(bits - 1), and checks its sum (RFC 9639, 9.3). */
export function readFlacFrame(bytes: Uint8Array, header: FlacFrameHeader): FlacFrame | FlacFault {
  const reader = new BitReader(bytes.subarray(header.headerBytes));
  const channels: Float64Array[] = [];
  for (let channel = 0; channel < header.channels; channel++) {
    const isSide = header.stereo === "side-right" ? channel === 0 : header.stereo !== "independent" && channel === 1;
    const bits = header.bits + (isSide ? 1 : 0);
    const samples = new Float64Array(header.frames);
    const isRead = readSubframe(reader, bits, samples);
    if (reader.isBeyond) return "cut";
    if (!isRead) return "damaged";
    channels.push(samples);
  }
  reader.alignToByte();
  const end = header.headerBytes + reader.bytesRead;
  if (end + 2 > bytes.length) return "cut";
  if (crc16(bytes, end + 2) !== 0) return "damaged";
  restoreStereo(header.stereo, channels);
  return { channels: channels.map((samples) => scaled(samples, 2 ** (header.bits - 1))), bytes: end + 2 };
}

function scaled(samples: Float64Array, full: number): Float32Array {
  const floats = new Float32Array(samples.length);
  for (let i = 0; i < floats.length; i++) floats[i] = (samples[i] as number) / full;
  return floats;
}

function restoreStereo(stereo: FlacFrameHeader["stereo"], [first, second]: readonly Float64Array[]): void {
  if (stereo === "independent" || first === undefined || second === undefined) return;
  for (let i = 0; i < first.length; i++) {
    const [one, other] = [first[i] as number, second[i] as number];
    if (stereo === "left-side") second[i] = one - other;
    else if (stereo === "side-right") first[i] = one + other;
    else {
      const twice = one * 2 + (other & 1);
      first[i] = (twice + other) / 2;
      second[i] = (twice - other) / 2;
    }
  }
}

/** Polynomial x^16 + x^15 + x^2 + 1; 0 over bytes that end with their own sum. */
function crc16(bytes: Uint8Array, end: number): number {
  let crc = 0;
  for (let i = 0; i < end; i++) crc = ((crc << 8) ^ (crc16Table[(crc >> 8) ^ (bytes[i] as number)] as number)) & 0xffff;
  return crc;
}

const crc16Table: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc & 0x8000) === 0 ? 0 : 0x8005);
  return crc;
});
