import type { Recording } from "../signal/recording.ts";
import { type AudioLimits, checkExtent } from "./audio-limits.ts";

/** How one sample is written. */
export type PcmCoding = "integer" | "unsigned" | "float" | "a-law" | "mu-law";

/** Samples of all channels by turns, as they lie. */
export interface PcmLayout {
  readonly coding: PcmCoding;
  readonly isLittleEndian: boolean;
  /** Bytes of one sample: 1 to 4, for floats 4 or 8, 1 for A-law and mu-law. */
  readonly sampleBytes: number;
  readonly channels: number;
  /** In Hz. */
  readonly sampleRate: number;
}

/**
 * Reads samples, whole ones only, as soundfile and ffmpeg scale them: n / 2^(bits - 1), those without a sign
 * (n - 2^(bits - 1)) / 2^(bits - 1); 64-bit floats are rounded to float32, A-law and mu-law are expanded as ITU-T G.711
 * says, to 16 bits.
 *
 * @throws ModelError `audio_too_large` at a limit, `audio_undecodable` for a rate or channels of 0
 */
export function readPcm(bytes: Uint8Array, layout: PcmLayout, limits: AudioLimits): Recording {
  const { channels, sampleBytes, sampleRate } = layout;
  const frames = channels === 0 ? 0 : Math.floor(bytes.length / (sampleBytes * channels));
  checkExtent({ channels, sampleRate, frames }, limits);
  const result = Array.from({ length: channels }, () => new Float32Array(frames));
  for (const [channel, to] of result.entries()) writeChannel(bytes, layout, channel, to);
  return { channels: result, sampleRate };
}

function writeChannel(bytes: Uint8Array, layout: PcmLayout, channel: number, to: Float32Array): void {
  const { coding, sampleBytes, channels, isLittleEndian: little } = layout;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const step = sampleBytes * channels;
  let at = channel * sampleBytes;
  if (coding === "a-law" || coding === "mu-law") {
    const table = coding === "a-law" ? aLaw : muLaw;
    for (let i = 0; i < to.length; i++, at += step) to[i] = table[bytes[at] as number] as number;
    return;
  }
  const isUnsigned = coding === "unsigned";
  const key = coding === "float" ? `float-${sampleBytes}` : sampleBytes;
  switch (key) {
    case 1:
      for (let i = 0; i < to.length; i++, at += step)
        to[i] = (isUnsigned ? (bytes[at] as number) - 128 : view.getInt8(at)) / 128;
      break;
    case 2:
      for (let i = 0; i < to.length; i++, at += step)
        to[i] = (isUnsigned ? view.getUint16(at, little) - 2 ** 15 : view.getInt16(at, little)) / 2 ** 15;
      break;
    case 3:
      for (let i = 0; i < to.length; i++, at += step) {
        const high = at + (little ? 2 : 0);
        const upper = isUnsigned ? view.getUint8(high) - 128 : view.getInt8(high);
        to[i] = (upper * 65_536 + view.getUint16(at + (little ? 0 : 1), little)) / 2 ** 23;
      }
      break;
    case 4:
      for (let i = 0; i < to.length; i++, at += step)
        to[i] = (isUnsigned ? view.getUint32(at, little) - 2 ** 31 : view.getInt32(at, little)) / 2 ** 31;
      break;
    case "float-4":
      for (let i = 0; i < to.length; i++, at += step) to[i] = view.getFloat32(at, little);
      break;
    default:
      for (let i = 0; i < to.length; i++, at += step) to[i] = view.getFloat64(at, little);
  }
}

const aLaw: Float32Array = Float32Array.from({ length: 256 }, (_, code) => {
  const value = code ^ 0x55;
  const [exponent, mantissa] = [(value >> 4) & 7, value & 15];
  const size = exponent === 0 ? mantissa * 16 + 8 : (mantissa * 16 + 264) << (exponent - 1);
  return ((value & 0x80) === 0 ? -size : size) / 2 ** 15;
});

const muLaw: Float32Array = Float32Array.from({ length: 256 }, (_, code) => {
  const value = ~code & 0xff;
  const size = ((((value & 15) << 3) + 132) << ((value >> 4) & 7)) - 132;
  return ((value & 0x80) === 0 ? size : 0 - size) / 2 ** 15;
});
