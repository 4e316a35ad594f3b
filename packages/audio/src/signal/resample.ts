import { allocated, checkResult, checkSampleRate, checkSamples } from "./recording.ts";
import { fineKernel, type ResamplePhases, resamplePhases } from "./resample-phases.ts";

/**
 * A signal at another sample rate: a windowed sinc (see `resample-kernel.ts`) at the exact ratio of the two rates, in
 * float64, rounded to float32 once. Linear phase without delay: sample k of the result lies at `k * from / to` of the
 * input, beyond whose ends there is silence. The input stays as it is.
 *
 * @param samples float32 `[samples]`
 * @param from rate of the input in Hz
 * @param to rate of the result in Hz
 * @returns float32 `[ceil(samples * to / from)]`
 * @throws ModelError `input_invalid` for no samples, NaN among them, a rate that is no whole number above 0, or a result
 *   of more than 2^29 samples; `insufficient_memory` if the process may not have it.
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  checkSamples(samples);
  checkSampleRate(from);
  checkSampleRate(to);
  if (from === to) return samples.slice();
  const divisor = greatestCommonDivisor(from, to);
  const [up, down] = [to / divisor, from / divisor];
  const length = Math.ceil((samples.length * up) / down);
  checkResult(length, `${samples.length} samples at ${from} Hz, resampled to ${to} Hz,`);
  const phases = resamplePhases(up, down);
  const result = allocated(length, (size) => new Float32Array(size));
  if (phases === undefined) interpolated(samples, up, down, result);
  else polyphase(samples, phases, result);
  return result;
}

function polyphase(samples: Float32Array, phases: ResamplePhases, result: Float32Array): void {
  const { up, down, taps, before } = phases;
  const wholeStep = Math.floor(down / up);
  const phaseStep = down % up;
  let at = 0;
  let phase = 0;
  // Places between which the whole filter lies within the input need no look at its ends.
  const last = samples.length - taps;
  for (let k = 0; k < result.length; k++) {
    const first = at - before;
    const row = phase * taps;
    const isInside = first >= 0 && first <= last;
    result[k] = isInside ? wholeSum(samples, first, phases, row) : partialSum(samples, first, phases, row);
    at += wholeStep;
    phase += phaseStep;
    if (phase < up) continue;
    phase -= up;
    at++;
  }
}

/** Four sums side by side, so that one addition need not wait for the one before; the taps are a multiple of four. */
function wholeSum(samples: Float32Array, first: number, { taps, weights }: ResamplePhases, row: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let tap = 0; tap < taps; tap += 4) {
    a += (samples[first + tap] as number) * (weights[row + tap] as number);
    b += (samples[first + tap + 1] as number) * (weights[row + tap + 1] as number);
    c += (samples[first + tap + 2] as number) * (weights[row + tap + 2] as number);
    d += (samples[first + tap + 3] as number) * (weights[row + tap + 3] as number);
  }
  return a + b + (c + d);
}

function partialSum(samples: Float32Array, first: number, { taps, weights }: ResamplePhases, row: number): number {
  const end = Math.min(taps, samples.length - first);
  let sum = 0;
  for (let tap = Math.max(0, -first); tap < end; tap++) {
    sum += (samples[first + tap] as number) * (weights[row + tap] as number);
  }
  return sum;
}

/** For ratios of such large numbers that hardly a place between samples occurs twice. */
function interpolated(samples: Float32Array, up: number, down: number, result: Float32Array): void {
  const { reach, pointsPerSample, points } = fineKernel(up, down);
  for (let k = 0; k < result.length; k++) {
    const place = (k * down) / up;
    const from = Math.max(0, Math.ceil(place - reach));
    const to = Math.min(samples.length - 1, Math.floor(place + reach));
    let sum = 0;
    for (let i = from; i <= to; i++) {
      const at = Math.abs(i - place) * pointsPerSample;
      const point = Math.floor(at);
      const low = points[point] as number;
      sum += (samples[i] as number) * (low + (at - point) * ((points[point + 1] as number) - low));
    }
    result[k] = sum;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
