import { predictAlac } from "./alac-predictor.ts";
import { BitReader } from "./bit-reader.ts";

/** What the setup of an ALAC stream says (Apple Lossless Audio Codec, "magic cookie"). */
export interface AlacSetup {
  /** Samples of one channel in a frame, but the last one. */
  readonly frameLength: number;
  readonly bits: number;
  readonly historyWeight: number;
  readonly firstHistory: number;
  readonly mostRiceBits: number;
  readonly channels: number;
  readonly sampleRate: number;
}

const single = 0;
const pair = 1;
const end = 7;

/** Integers of each channel of one packet; nothing if it is cut, damaged or of a kind that there is not. */
export function readAlacFrame(bytes: Uint8Array, setup: AlacSetup): Int32Array[] | undefined {
  const reader = new BitReader(bytes);
  const channels: Int32Array[] = [];
  while (channels.length < setup.channels) {
    const element = reader.unsigned(3);
    if (element === end) break;
    if (element !== single && element !== pair) return undefined;
    const read = readElement(reader, element + 1, setup);
    if (read === undefined || reader.isBeyond) return undefined;
    channels.push(...read);
  }
  const isWhole = channels.length === setup.channels && channels.every(({ length }) => length === channels[0]?.length);
  return isWhole ? channels : undefined;
}

function readElement(reader: BitReader, count: number, setup: AlacSetup): Int32Array[] | undefined {
  // Number of the element, and 12 bits that are not used.
  reader.unsigned(16);
  const isShort = reader.unsigned(1) === 1;
  const lowBits = reader.unsigned(2) * 8;
  const isPlain = reader.unsigned(1) === 1;
  const length = isShort ? reader.unsigned(32) : setup.frameLength;
  if (length > setup.frameLength) return undefined;
  const channels = Array.from({ length: count }, () => new Int32Array(length));
  if (isPlain) {
    for (let i = 0; i < length && !reader.isBeyond; i++) {
      for (const channel of channels) channel[i] = reader.signed(setup.bits);
    }
    return channels;
  }
  const width = setup.bits - lowBits + count - 1;
  if (width < 1 || width > 32) return undefined;
  const mixShift = reader.unsigned(8);
  const mixWeight = reader.signed(8);
  const predictors = channels.map(() => readPredictor(reader));
  const low = lowBits === 0 ? [] : channels.map(() => new Int32Array(length));
  for (let i = 0; i < length && low.length > 0 && !reader.isBeyond; i++) {
    for (const channel of low) channel[i] = reader.unsigned(lowBits);
  }
  for (const [c, samples] of channels.entries()) {
    const { kind, shift, weight, coefficients } = predictors[c] as Predictor;
    if (coefficients.length > 0 && shift === 0) return undefined;
    if (!readResidual(reader, samples, width, (weight * setup.historyWeight) >> 2, setup)) return undefined;
    if (kind === 15) predictAlac(samples, width, undefined, 0);
    predictAlac(samples, width, coefficients, shift);
  }
  const [first, second] = channels;
  if (second !== undefined && mixWeight !== 0) unmix(first as Int32Array, second, mixShift, mixWeight);
  for (const [c, added] of low.entries()) {
    const samples = channels[c] as Int32Array;
    for (let i = 0; i < length; i++) samples[i] = ((samples[i] as number) << lowBits) | (added[i] as number);
  }
  return channels;
}

interface Predictor {
  readonly kind: number;
  readonly shift: number;
  readonly weight: number;
  /** The first one is that of the oldest sample. */
  readonly coefficients: Int32Array;
}

function readPredictor(reader: BitReader): Predictor {
  const [kind, shift, weight] = [reader.unsigned(4), reader.unsigned(4), reader.unsigned(3)];
  const coefficients = Int32Array.from({ length: reader.unsigned(5) }, () => reader.signed(16)).reverse();
  return { kind, shift, weight, coefficients };
}

/** Left and right from their weighted sum and their difference. */
function unmix(first: Int32Array, second: Int32Array, shift: number, weight: number): void {
  for (let i = 0; i < first.length; i++) {
    const difference = second[i] as number;
    const right = ((first[i] as number) - (Math.imul(difference, weight) >> shift)) | 0;
    first[i] = (right + difference) | 0;
    second[i] = right;
  }
}

/** Adaptive Golomb codes, of which a mean of those before sets the parameter, with runs of zeros in between. */
function readResidual(reader: BitReader, to: Int32Array, width: number, weight: number, setup: AlacSetup): boolean {
  let history = setup.firstHistory;
  let sign = 0;
  for (let i = 0; i < to.length && !reader.isBeyond; i++) {
    const bits = Math.min(31 - Math.clz32((history >> 9) + 3), setup.mostRiceBits);
    const value = golomb(reader, bits, width) + sign;
    sign = 0;
    to[i] = (value >>> 1) ^ -(value & 1);
    history = value > 0xffff ? 0xffff : history + value * weight - (Math.imul(history, weight) >>> 9);
    if (history >= 128 || i + 1 >= to.length) continue;
    const runBits = Math.min(Math.clz32(history) - 24 + ((history + 16) >> 6), setup.mostRiceBits);
    const run = golomb(reader, runBits, 16);
    if (run >= to.length - i) return false;
    i += run;
    sign = run <= 0xffff ? 1 : 0;
    history = 0;
  }
  return true;
}

/** Up to eight ones, a zero and a remainder; or nine ones and the number as it is. */
function golomb(reader: BitReader, bits: number, width: number): number {
  let ones = 0;
  while (ones < 9 && reader.unsigned(1) === 1) ones++;
  if (ones === 9) return reader.unsigned(width);
  const least = ones * (2 ** bits - 1);
  if (bits <= 1) return least;
  // Remainders of 0 and 1 are both written as 0, with a bit less.
  const upper = reader.unsigned(bits - 1);
  return upper === 0 ? least : least + upper * 2 + reader.unsigned(1) - 1;
}
