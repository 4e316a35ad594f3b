import type { Fft } from "./fft-of-one-size.ts";

/**
 * A transform of any size as a convolution with a chirp (Bluestein 1970), `k n = (k^2 + n^2 - (k - n)^2) / 2`, done by
 * transforms of the next power of two.
 */
export function bluesteinFft(size: number, createFft: (size: number) => Fft): Fft {
  const padded = 2 ** Math.ceil(Math.log2(2 * size - 1));
  const inner = createFft(padded);
  const chirpRe = new Float64Array(size);
  const chirpIm = new Float64Array(size);
  for (let n = 0; n < size; n++) {
    // n^2 modulo 2 * size keeps the angle exact; n^2 itself is below 2^53.
    const angle = (Math.PI * ((n * n) % (2 * size))) / size;
    chirpRe[n] = Math.cos(angle);
    chirpIm[n] = -Math.sin(angle);
  }
  const [kernelRe, kernelIm] = chirpSpectrum(inner, chirpRe, chirpIm);
  const fft: Fft = {
    size,
    inputRe: new Float64Array(size),
    inputIm: new Float64Array(size),
    outputRe: new Float64Array(size),
    outputIm: new Float64Array(size),
    run() {
      inner.inputRe.fill(0);
      inner.inputIm.fill(0);
      multiply(fft.inputRe, fft.inputIm, chirpRe, chirpIm, 1, inner.inputRe, inner.inputIm);
      inner.run();
      // Real and imaginary parts change places, so that the same transform is the inverse one.
      multiply(inner.outputRe, inner.outputIm, kernelRe, kernelIm, 1 / padded, inner.inputIm, inner.inputRe);
      inner.run();
      multiply(
        inner.outputIm.subarray(0, size),
        inner.outputRe.subarray(0, size),
        chirpRe,
        chirpIm,
        1,
        fft.outputRe,
        fft.outputIm,
      );
    },
  };
  return fft;
}

function chirpSpectrum(inner: Fft, chirpRe: Float64Array, chirpIm: Float64Array): [Float64Array, Float64Array] {
  for (let n = 0; n < chirpRe.length; n++) {
    for (const at of n === 0 ? [0] : [n, inner.size - n]) {
      inner.inputRe[at] = chirpRe[n] as number;
      inner.inputIm[at] = -(chirpIm[n] as number);
    }
  }
  inner.run();
  return [inner.outputRe.slice(), inner.outputIm.slice()];
}

function multiply(
  aRe: Float64Array,
  aIm: Float64Array,
  bRe: Float64Array,
  bIm: Float64Array,
  scale: number,
  toRe: Float64Array,
  toIm: Float64Array,
): void {
  for (let i = 0; i < aRe.length; i++) {
    const [ar, ai] = [aRe[i] as number, aIm[i] as number];
    const [br, bi] = [bRe[i] as number, bIm[i] as number];
    toRe[i] = (ar * br - ai * bi) * scale;
    toIm[i] = (ar * bi + ai * br) * scale;
  }
}
