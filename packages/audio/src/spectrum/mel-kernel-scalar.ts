import { createFft } from "./fft.ts";
import type { Fft } from "./fft-of-one-size.ts";
import type { MelFilters } from "./mel-filters.ts";
import { blockFramesOf, type MelKernel, type MelKernelPlan } from "./mel-kernel.ts";

/** Two frames at a time, as the real and imaginary parts of one signal; for engines without vectors, and any size. */
export function scalarMelKernel({ options, filters, window }: MelKernelPlan): MelKernel {
  const { fftSize, hopLength } = options;
  const { melCount, binCount } = filters;
  const fft = createFft(fftSize);
  const blockFrames = blockFramesOf(options);
  const samples = new Float32Array((blockFrames - 1) * hopLength + fftSize);
  const powers = new Float64Array(blockFrames * melCount);
  const spectra = [new Float64Array(binCount), new Float64Array(binCount)] as const;
  return {
    blockFrames,
    samples,
    powers,
    run(frames) {
      for (let t = 0; t < frames; t += 2) {
        const [first, second] = [t * hopLength, (t + 1) * hopLength];
        for (let i = 0; i < fftSize; i++) {
          const weight = window[i] as number;
          fft.inputRe[i] = (samples[first + i] as number) * weight;
          fft.inputIm[i] = (samples[second + i] as number) * weight;
        }
        fft.run();
        writePowers(fft, spectra);
        writeMels(spectra[0], filters, powers, t * melCount);
        writeMels(spectra[1], filters, powers, (t + 1) * melCount);
      }
    },
  };
}

/** Squared magnitudes of the two real frames that were transformed as one complex one. */
function writePowers({ size, outputRe, outputIm }: Fft, [first, second]: readonly [Float64Array, Float64Array]): void {
  const re0 = outputRe[0] as number;
  const im0 = outputIm[0] as number;
  first[0] = re0 * re0;
  second[0] = im0 * im0;
  for (let k = 1, mirror = size - 1; k < first.length; k++, mirror--) {
    const ar = outputRe[k] as number;
    const ai = outputIm[k] as number;
    const br = outputRe[mirror] as number;
    const bi = outputIm[mirror] as number;
    const sumR = ar + br;
    const differenceI = ai - bi;
    const sumI = ai + bi;
    const differenceR = br - ar;
    first[k] = 0.25 * (sumR * sumR + differenceI * differenceI);
    second[k] = 0.25 * (sumI * sumI + differenceR * differenceR);
  }
}

function writeMels(spectrum: Float64Array, filters: MelFilters, to: Float64Array, row: number): void {
  const { melCount, firstBin, offsets, weights } = filters;
  let at = 0;
  for (let mel = 0; mel < melCount; mel++) {
    const end = offsets[mel + 1] as number;
    let sum = 0;
    for (let bin = firstBin[mel] as number; at < end; at++, bin++) {
      sum += (weights[at] as number) * (spectrum[bin] as number);
    }
    to[row + mel] = sum;
  }
}
