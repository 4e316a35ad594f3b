import { createFft, type Fft } from "./fft.ts";
import { type FrameOptions, frameWindow, paddingLength, writeFrame } from "./frame-layout.ts";
import type { MelFilters } from "./mel-filters.ts";

/** Takes the mel powers of frame `frame`: float64 `[melCount]`, valid during the call only. */
export type MelPowerSink = (frame: number, powers: Float64Array) => void;

/** The power spectrum of frames, squared magnitudes, summed by mel filters; float64 throughout. */
export class MelPower {
  readonly options: FrameOptions;
  readonly filters: MelFilters;
  readonly #fft: Fft;
  readonly #window: Float64Array;
  readonly #spectra: readonly [Float64Array, Float64Array];
  readonly #powers: Float64Array;

  constructor(options: FrameOptions, filters: MelFilters) {
    this.options = options;
    this.filters = filters;
    this.#window = frameWindow(options);
    this.#fft = createFft(options.fftSize);
    this.#spectra = [new Float64Array(filters.binCount), new Float64Array(filters.binCount)];
    this.#powers = new Float64Array(filters.melCount);
  }

  /**
   * Frames `first` to `end - 1` of a signal; one sample of padding is written as the options say, so a frame may lie
   * partly or wholly outside it.
   */
  forEachFrame(samples: Float32Array | Float64Array, first: number, end: number, sink: MelPowerSink): void {
    const { hopLength, padding } = this.options;
    const before = paddingLength(this.options);
    const fft = this.#fft;
    for (let t = first; t < end; t += 2) {
      const hasSecond = t + 1 < end;
      writeFrame(samples, t * hopLength - before, this.#window, padding, fft.inputRe);
      if (hasSecond) writeFrame(samples, (t + 1) * hopLength - before, this.#window, padding, fft.inputIm);
      else fft.inputIm.fill(0);
      fft.run();
      writePowers(fft, this.#spectra);
      writeMels(this.#spectra[0], this.filters, this.#powers);
      sink(t, this.#powers);
      if (!hasSecond) continue;
      writeMels(this.#spectra[1], this.filters, this.#powers);
      sink(t + 1, this.#powers);
    }
  }
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

function writeMels(
  spectrum: Float64Array,
  { melCount, firstBin, offsets, weights }: MelFilters,
  to: Float64Array,
): void {
  let at = 0;
  for (let mel = 0; mel < melCount; mel++) {
    const end = offsets[mel + 1] as number;
    let sum = 0;
    for (let bin = firstBin[mel] as number; at < end; at++, bin++) {
      sum += (weights[at] as number) * (spectrum[bin] as number);
    }
    to[mel] = sum;
  }
}
