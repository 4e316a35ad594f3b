import type { BitReader } from "./bit-reader.ts";

/**
 * Reads one channel of a frame (RFC 9639, 9.2) into `samples`, as integers: float64 holds them and their sums exactly.
 *
 * @returns false for what the format does not have
 */
export function readSubframe(reader: BitReader, bits: number, samples: Float64Array): boolean {
  if (reader.unsigned(1) !== 0) return false;
  const type = reader.unsigned(6);
  const wasted = reader.unsigned(1) === 0 ? 0 : reader.zeros() + 1;
  const width = bits - wasted;
  if (width < 1) return false;
  if (!readSamples(reader, type, width, samples)) return false;
  if (wasted > 0) for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] as number) * 2 ** wasted;
  return true;
}

function readSamples(reader: BitReader, type: number, bits: number, samples: Float64Array): boolean {
  if (type === 0) {
    samples.fill(reader.signed(bits));
    return true;
  }
  if (type === 1) {
    for (let i = 0; i < samples.length && !reader.isBeyond; i++) samples[i] = reader.signed(bits);
    return true;
  }
  const order = type >= 32 ? type - 31 : type - 8;
  if (type < 8 || (type > 12 && type < 32) || order > samples.length) return false;
  for (let i = 0; i < order; i++) samples[i] = reader.signed(bits);
  if (type < 32) {
    if (!readResidual(reader, order, samples)) return false;
    predict(samples, fixedPredictors[order] as readonly number[], 0);
    return true;
  }
  const precision = reader.unsigned(4) + 1;
  const shift = reader.signed(5);
  if (precision === 16 || shift < 0) return false;
  const coefficients = Array.from({ length: order }, () => reader.signed(precision));
  if (!readResidual(reader, order, samples)) return false;
  predict(samples, coefficients, shift);
  return true;
}

/** The polynomials of degree 0 to 4 through the samples before (RFC 9639, 9.2.5). */
const fixedPredictors: readonly (readonly number[])[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

/** What is left after prediction, in partitions with a Rice parameter each (RFC 9639, 9.2.7), from `order` on. */
function readResidual(reader: BitReader, order: number, to: Float64Array): boolean {
  const method = reader.unsigned(2);
  if (method > 1) return false;
  const parameterBits = method + 4;
  const partitions = 2 ** reader.unsigned(4);
  const size = to.length / partitions;
  if (!Number.isInteger(size) || size < order) return false;
  for (let partition = 0; partition < partitions && !reader.isBeyond; partition++) {
    const from = partition === 0 ? order : partition * size;
    const end = (partition + 1) * size;
    const parameter = reader.unsigned(parameterBits);
    if (parameter < 2 ** parameterBits - 1) {
      reader.riceSigned(parameter, to, from, end);
      continue;
    }
    const width = reader.unsigned(5);
    for (let i = from; i < end && !reader.isBeyond; i++) to[i] = reader.signed(width);
  }
  return true;
}

/** Adds to each residual what the samples before it foretell. Sums stay below 2^53: 32 products of 15 and 33 bits. */
function predict(samples: Float64Array, coefficients: readonly number[], shift: number): void {
  const order = coefficients.length;
  // Backwards, as the samples lie.
  const weights = Float64Array.from(coefficients).reverse();
  const scale = 2 ** -shift;
  for (let i = order; i < samples.length; i++) {
    let sum = 0;
    for (let k = 0, at = i - order; k < order; k++, at++) sum += (weights[k] as number) * (samples[at] as number);
    samples[i] = (samples[i] as number) + Math.floor(sum * scale);
  }
}
