import type { Draws } from "../draws.ts";

export interface PlainWav {
  readonly file: Uint8Array;
  readonly sampleRate: number;
  /** Samples of each channel. */
  readonly frames: number;
}

/** Format tag and bits of a sample: integers, float32, float64, A-law and mu-law. */
const kinds = [
  [1, 8],
  [1, 16],
  [1, 24],
  [1, 32],
  [3, 32],
  [3, 64],
  [6, 8],
  [7, 8],
] as const;

/** A whole WAV file of any kind of sample, all of them moderate numbers. */
export function plainWav(draws: Draws): PlainWav {
  const [tag, bits] = draws.pick(kinds);
  const [channels, sampleRate, frames] = [
    draws.integer(1, 8),
    draws.pick([8000, 16_000, 44_100, 384_000]),
    draws.integer(1, 200),
  ];
  const block = (channels * bits) / 8;
  const data = Buffer.alloc(frames * block);
  for (let i = 0; i < frames * channels; i++) {
    if (tag === 3 && bits === 32) data.writeFloatLE(draws.real(-1, 1), 4 * i);
    else if (tag === 3) data.writeDoubleLE(draws.real(-1, 1), 8 * i);
    else data.writeUIntLE(draws.integer(0, 2 ** bits - 1), (i * bits) / 8, bits / 8);
  }
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(tag, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * block, 28);
  header.writeUInt16LE(block, 32);
  header.writeUInt16LE(bits, 34);
  header.write("data", 36);
  header.writeUInt32LE(data.length, 40);
  return { file: new Uint8Array(Buffer.concat([header, data, Buffer.alloc(data.length % 2)])), sampleRate, frames };
}
