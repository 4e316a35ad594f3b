import { kernelWeight, type ResampleKernel, resampleKernel } from "./resample-kernel.ts";

/**
 * The kernel's weights for one place between input samples: `taps` of them (a multiple of four), from `before` samples before to the place's
 * own and after.
 */
export interface ResamplePhases {
  readonly up: number;
  readonly down: number;
  readonly taps: number;
  /** Input samples that the filter reaches back from the one at or before a place. */
  readonly before: number;
  /** Weights of the place `phase / up` after a sample, at `phase * taps` in what is returned; float64 */
  readonly weights: Float64Array;
}

/** One table for each pair of rates, of those last used; a table is at most `largestTable` weights. */
const known = new Map<string, ResamplePhases>();
const knownAtMost = 8;
const largestTable = 2 ** 21;

/** The whole table for a ratio without common factor, or nothing where it would be too large. */
export function resamplePhases(up: number, down: number): ResamplePhases | undefined {
  const key = `${up}/${down}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const kernel = resampleKernel(up, down);
  const before = Math.ceil(kernel.reach) - 1;
  const taps = Math.ceil((2 * before + 2) / 4) * 4;
  if (up * taps > largestTable) return undefined;
  const weights = new Float64Array(up * taps);
  for (let phase = 0; phase < up; phase++) {
    for (let tap = 0; tap < taps; tap++) {
      // In units of 1 / up, so that a place on a sample is there exactly.
      weights[phase * taps + tap] = kernelWeight(kernel, ((tap - before) * up - phase) / up);
    }
  }
  const phases = { up, down, taps, before, weights };
  if (known.size >= knownAtMost) known.delete(known.keys().next().value as string);
  known.set(key, phases);
  return phases;
}

/** Weights at any place by linear interpolation between points this close: off by less than -150 dB. */
export interface FineKernel extends ResampleKernel {
  readonly pointsPerSample: number;
  readonly points: Float64Array;
}

export function fineKernel(up: number, down: number): FineKernel {
  const kernel = resampleKernel(up, down);
  const pointsPerSample = 16_384 * kernel.cutoff;
  const points = new Float64Array(Math.ceil(kernel.reach * pointsPerSample) + 2);
  for (let i = 0; i < points.length; i++) points[i] = kernelWeight(kernel, i / pointsPerSample);
  return { ...kernel, pointsPerSample, points };
}
