/**
 * A sinc cut by a Kaiser window, in float64. One side of it is `zeroCrossings` long; it lets pass what lies below
 * `rolloff` of the lower of the two Nyquist frequencies, at 6 dB down there.
 *
 * With these numbers the transition reaches from 0.83 to 1.05 of that frequency, ripple and what is let through beyond it
 * are 105 dB down (Kaiser 1974: `beta = 0.1102 (A - 8.7)`, width `(A - 7.95) / (2.285 * pi * taps)`).
 */
export const zeroCrossings = 32;
const rolloff = 0.94;
const beta = 0.1102 * (110 - 8.7);

/** The filter from one rate to another, the two without a common factor. */
export interface ResampleKernel {
  readonly up: number;
  readonly down: number;
  /** Cut-off as a share of the input's Nyquist frequency. */
  readonly cutoff: number;
  /** Half the length of the filter, in input samples. */
  readonly reach: number;
}

export function resampleKernel(up: number, down: number): ResampleKernel {
  const cutoff = Math.min(1, up / down) * rolloff;
  return { up, down, cutoff, reach: zeroCrossings / cutoff };
}

/** The weight of an input sample `distance` input samples away. */
export function kernelWeight({ cutoff, reach }: ResampleKernel, distance: number): number {
  const inside = 1 - (distance / reach) ** 2;
  if (inside < 0) return 0;
  const x = Math.PI * cutoff * distance;
  const sinc = Math.abs(x) < 1e-9 ? 1 : Math.sin(x) / x;
  return (cutoff * sinc * besselI0(beta * Math.sqrt(inside))) / besselI0(beta);
}

/** The modified Bessel function of order 0 by its power series, which for arguments to 12 ends after some 40 terms. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}
