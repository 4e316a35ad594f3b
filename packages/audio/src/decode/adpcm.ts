import type { Recording } from "../signal/recording.ts";
import { clamp16, type ImaState, imaSample, imaSampleQuickTime } from "./adpcm-step.ts";
import { type AudioLimits, checkExtent } from "./audio-limits.ts";
import { damaged } from "./decode-failure.ts";

/** The three ways to lay out 4 bits a sample: Microsoft's, IMA's in WAV files, IMA's in QuickTime, AIFF and CAF files. */
export type AdpcmCoding = "ms-adpcm" | "ima-adpcm" | "ima4";

export interface AdpcmLayout {
  readonly coding: AdpcmCoding;
  readonly channels: number;
  readonly sampleRate: number;
  /** Bytes of a block of all channels. */
  readonly blockBytes: number;
}

/** Bytes at the head of each channel's part of a block. */
const headBytes: Readonly<Record<AdpcmCoding, number>> = { "ms-adpcm": 7, "ima-adpcm": 4, ima4: 2 };

/**
 * Decodes blocks of ADPCM to n / 2^15, as ffmpeg does; the last block may be shorter.
 *
 * @throws ModelError `audio_too_large` at a limit, `audio_undecodable` for blocks that cannot be
 */
export function decodeAdpcm(bytes: Uint8Array, layout: AdpcmLayout, format: string, limits: AudioLimits): Recording {
  const { channels, sampleRate, blockBytes, coding } = layout;
  if (blockBytes <= headBytes[coding] * channels || (coding === "ms-adpcm" && channels > 2))
    throw damaged(format, `has blocks of ${blockBytes} bytes for ${channels} channels of ADPCM`);
  const whole = Math.floor(bytes.length / blockBytes);
  const rest = blockSamples(layout, bytes.length % blockBytes);
  const perBlock = blockSamples(layout, blockBytes);
  const frames = whole * perBlock + rest;
  checkExtent({ channels, sampleRate, frames }, limits);
  const result = Array.from({ length: channels }, () => new Float32Array(frames));
  const states = result.map((): ImaState => ({ sample: 0, index: 0 }));
  for (let block = 0, at = 0; at < frames; block++, at += perBlock) {
    const start = block * blockBytes;
    const part = bytes.subarray(start, start + blockBytes);
    const to = result.map((channel) => channel.subarray(at, at + perBlock));
    const isRead = coding === "ms-adpcm" ? readMicrosoft(part, to) : readIma(part, to, coding, states);
    if (!isRead) throw damaged(format, `has a block of ADPCM that cannot be, number ${block + 1}`);
  }
  return { channels: result, sampleRate };
}

/** Samples of one channel in a block of so many bytes. */
function blockSamples({ coding, channels }: AdpcmLayout, bytes: number): number {
  const body = bytes - headBytes[coding] * channels;
  if (body < 0) return 0;
  if (coding === "ms-adpcm") return 2 + Math.floor((body * 2) / channels);
  return coding === "ima-adpcm" ? 1 + Math.floor(body / (4 * channels)) * 8 : Math.floor(bytes / (34 * channels)) * 64;
}

function readIma(block: Uint8Array, to: readonly Float32Array[], coding: AdpcmCoding, states: ImaState[]): boolean {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  for (const [channel, samples] of to.entries()) {
    const state = states[channel] as ImaState;
    if (coding === "ima4") {
      readQuickTime(view, channel * 34, state, samples);
      continue;
    }
    state.sample = view.getInt16(channel * 4, true);
    state.index = view.getUint8(channel * 4 + 2);
    if (state.index > 88) return false;
    samples[0] = state.sample / 2 ** 15;
    // Each channel's turn is of eight samples.
    for (let i = 1; i < samples.length; i++) {
      const turn = Math.floor((i - 1) / 8);
      const byte = view.getUint8((to.length * (1 + turn) + channel) * 4 + (((i - 1) % 8) >> 1));
      samples[i] = imaSample(state, i % 2 === 1 ? byte & 15 : byte >> 4) / 2 ** 15;
    }
  }
  return true;
}

function readQuickTime(view: DataView, at: number, state: ImaState, samples: Float32Array): void {
  const head = view.getInt16(at);
  const [sample, index] = [head & ~0x7f, Math.min(head & 0x7f, 88)];
  // The head has 9 bits of the sample; where they agree with what is known, that is more exact.
  if (state.index !== index || Math.abs(sample - state.sample) > 0x7f) {
    state.sample = sample;
    state.index = index;
  }
  for (let i = 0; i < samples.length; i++) {
    const byte = view.getUint8(at + 2 + (i >> 1));
    samples[i] = imaSampleQuickTime(state, i % 2 === 0 ? byte & 15 : byte >> 4) / 2 ** 15;
  }
}

function readMicrosoft(block: Uint8Array, to: readonly Float32Array[]): boolean {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const count = to.length;
  for (const [channel, samples] of to.entries()) {
    const weights = microsoftWeights[view.getUint8(channel)];
    if (weights === undefined) return false;
    const word = (number: number): number => view.getInt16(count + (number * count + channel) * 2, true);
    let [delta, last, before] = [word(0), word(1), word(2)];
    samples[0] = before / 2 ** 15;
    samples[1] = last / 2 ** 15;
    for (let i = 2; i < samples.length; i++) {
      const number = (i - 2) * count + channel;
      const byte = view.getUint8(7 * count + (number >> 1));
      const nibble = number % 2 === 0 ? byte >> 4 : byte & 15;
      const foretold = Math.trunc((last * weights[0] + before * weights[1]) / 256);
      before = last;
      last = clamp16(foretold + (nibble >= 8 ? nibble - 16 : nibble) * delta);
      delta = Math.max(16, Math.min(((microsoftMoves[nibble] as number) * delta) >> 8, 2 ** 21));
      samples[i] = last / 2 ** 15;
    }
  }
  return true;
}

// Microsoft's Multimedia Standards Update, 1994: of the two samples before in 256ths, and of the step.
const microsoftWeights: readonly (readonly [number, number])[] = [
  [256, 0],
  [512, -256],
  [0, 0],
  [192, 64],
  [240, 0],
  [460, -208],
  [392, -232],
];
const microsoftMoves = [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230];
