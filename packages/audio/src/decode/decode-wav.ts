import type { Recording } from "../signal/recording.ts";
import { type AudioLimits, checkExtent } from "./audio-limits.ts";
import { type WavHeader, wavHeader } from "./wav-header.ts";

/**
 * Reads the samples as soundfile and ffmpeg scale them: n / 2^(bits - 1), bytes (n - 128) / 128; 64-bit floats are
 * rounded to float32, A-law and mu-law are expanded as ITU-T G.711 says, to 16 bits.
 */
export function decodeWav(bytes: Uint8Array, limits: AudioLimits): Recording {
  const header = wavHeader(bytes);
  checkExtent(header, limits);
  const { channels, sampleRate, frames } = header;
  const result = Array.from({ length: channels }, () => new Float32Array(frames));
  for (const [channel, to] of result.entries()) writeChannel(bytes, header, channel, to);
  return { channels: result, sampleRate };
}

function writeChannel(bytes: Uint8Array, header: WavHeader, channel: number, to: Float32Array): void {
  const { coding, sampleBytes, channels, dataStart } = header;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const step = sampleBytes * channels;
  let at = dataStart + channel * sampleBytes;
  if (coding === "a-law" || coding === "mu-law") {
    const table = coding === "a-law" ? aLaw : muLaw;
    for (let i = 0; i < to.length; i++, at += step) to[i] = table[bytes[at] as number] as number;
    return;
  }
  const key = `${coding}-${sampleBytes}`;
  switch (key) {
    case "integer-1":
      for (let i = 0; i < to.length; i++, at += step) to[i] = ((bytes[at] as number) - 128) / 128;
      break;
    case "integer-2":
      for (let i = 0; i < to.length; i++, at += step) to[i] = view.getInt16(at, true) / 2 ** 15;
      break;
    case "integer-3":
      for (let i = 0; i < to.length; i++, at += step) {
        to[i] = (view.getInt8(at + 2) * 65_536 + view.getUint16(at, true)) / 2 ** 23;
      }
      break;
    case "integer-4":
      for (let i = 0; i < to.length; i++, at += step) to[i] = view.getInt32(at, true) / 2 ** 31;
      break;
    case "float-4":
      for (let i = 0; i < to.length; i++, at += step) to[i] = view.getFloat32(at, true);
      break;
    default:
      for (let i = 0; i < to.length; i++, at += step) to[i] = view.getFloat64(at, true);
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
