import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { difference, type Sampled } from "../../fixtures/sampled.ts";
import { signal } from "../../fixtures/signals.ts";
import { createFft } from "./fft.ts";
import type { FrameOptions } from "./frame-layout.ts";
import { inverseStft } from "./inverse-stft.ts";
import { type Spectrogram, stft } from "./stft.ts";

interface Reference {
  readonly options: FrameOptions;
  readonly seed: number;
  readonly samples: number;
  readonly re: Sampled;
  readonly im: Sampled;
  readonly inverse?: Sampled;
  readonly longer?: Sampled;
}

const file = new URL("../../fixtures/spectra.json", import.meta.url);
const references: readonly Reference[] = JSON.parse(readFileSync(file, "utf8")).spectra;
const cases = references.map((reference): [string, Reference] => {
  const { fftSize, window, padding } = reference.options;
  return [`${fftSize} points, ${window.symmetry} ${window.name}, ${padding}`, reference];
});

describe("stft", () => {
  it.each(cases)("gives what torch.stft gives in float64: %s", (_, { options, seed, samples, re, im }) => {
    const spectrogram = stft(signal(seed, samples), options);
    expect([spectrogram.frames, spectrogram.bins]).toEqual(re.shape);
    for (const [reference, data] of [
      [re, spectrogram.re],
      [im, spectrogram.im],
    ] as const) {
      const { largest, mean } = difference(reference, data);
      expect(largest).toBeLessThan(1e-9);
      expect(mean).toBeLessThan(1e-10);
    }
  });

  it("refuses an empty signal, NaN, and lengths that cannot be", () => {
    const options = (references[0] as Reference).options;
    expect(() => stft(new Float32Array(0), options)).toThrowError(expect.objectContaining({ code: "input_invalid" }));
    expect(() => stft(Float32Array.of(0, Number.NaN), options)).toThrowError(
      expect.objectContaining({ code: "input_invalid", message: expect.stringContaining("Sample 1") }),
    );
    expect(() =>
      stft(signal(1, 300_000), { ...options, hopLength: 1, fftSize: 2 ** 14, windowLength: 400 }),
    ).toThrowError(
      expect.objectContaining({
        code: "input_invalid",
        message: expect.stringContaining("Cut the recording into parts"),
      }),
    );
    for (const wrong of [{ fftSize: 0 }, { hopLength: 0.5 }, { windowLength: 401 }, { fftSize: 2 ** 23 }]) {
      expect(() => stft(signal(1, 900), { ...options, ...wrong })).toThrowError(
        expect.objectContaining({ code: "model_spec_invalid" }),
      );
    }
  });
});

describe("inverseStft", () => {
  it.each(cases.filter(([, { inverse }]) => inverse !== undefined))(
    "gives what torch.istft gives in float64: %s",
    (_, { options, seed, samples, inverse, longer }) => {
      const spectrogram = louder(stft(signal(seed, samples), options));
      expect(difference(inverse as Sampled, inverseStft(spectrogram, options)).largest).toBeLessThan(1e-9);
      if (longer === undefined) return;
      expect(difference(longer, inverseStft(spectrogram, options, samples - 7)).largest).toBeLessThan(1e-9);
    },
  );

  it("gives back the signal to 1e-12 of it, whatever the size", () => {
    const sizes = fc.record({ fftSize: fc.integer({ min: 4, max: 700 }), overlap: fc.integer({ min: 2, max: 6 }) });
    const padding = fc.constantFrom("reflect", "constant", "replicate" as const);
    fc.assert(
      fc.property(sizes, padding, fc.integer({ min: 1, max: 4000 }), ({ fftSize, overlap }, mode, samples) => {
        const hopLength = Math.max(1, Math.floor(fftSize / overlap));
        const window = { name: "hamming", symmetry: "periodic" } as const;
        const options = { fftSize, hopLength, window, padding: mode };
        const x = Float64Array.from(signal(overlap, samples));
        const back = inverseStft(stft(x, options), options, samples);
        // What follows the last whole frame is not in the spectrogram.
        const covered = Math.floor(samples / hopLength) * hopLength;
        const errors = x.subarray(0, covered).map((value, i) => Math.abs(value - (back[i] as number)));
        expect(Math.max(0, ...errors)).toBeLessThan(1e-12);
        expect(back).toHaveLength(samples);
      }),
      { numRuns: 150 },
    );
  });

  it("refuses windows that leave samples uncovered, and a spectrogram of another size", () => {
    const options = {
      fftSize: 64,
      hopLength: 64,
      window: { name: "hann", symmetry: "periodic" },
      padding: "none",
    } as const;
    const spectrogram = stft(signal(1, 640), options);
    expect(() => inverseStft(spectrogram, options)).toThrowError(
      expect.objectContaining({
        code: "model_spec_invalid",
        message: expect.stringContaining("Sample 0 lies under no window"),
      }),
    );
    expect(() => inverseStft(spectrogram, { ...options, fftSize: 128 })).toThrowError(
      expect.objectContaining({ code: "input_invalid", message: expect.stringContaining("there have to be 65 bins") }),
    );
  });
});

describe("createFft", () => {
  it("is the sum that defines it, for every size up to 200 and primes beyond", () => {
    for (const size of [...Array.from({ length: 200 }, (_, i) => i + 1), 257, 400, 480, 509, 750]) {
      const fft = createFft(size);
      const [re, im] = [signal(1, size), signal(2, size)];
      fft.inputRe.set(re);
      fft.inputIm.set(im);
      fft.run();
      let largest = 0;
      for (let k = 0; k < size; k += 1 + Math.floor(size / 40)) {
        let [sumRe, sumIm] = [0, 0];
        for (let n = 0; n < size; n++) {
          const angle = (-2 * Math.PI * ((k * n) % size)) / size;
          const [a, b] = [re[n] as number, im[n] as number];
          sumRe += a * Math.cos(angle) - b * Math.sin(angle);
          sumIm += a * Math.sin(angle) + b * Math.cos(angle);
        }
        largest = Math.max(
          largest,
          Math.abs(sumRe - (fft.outputRe[k] as number)),
          Math.abs(sumIm - (fft.outputIm[k] as number)),
        );
      }
      expect(largest, `size ${size}`).toBeLessThan(1e-12);
    }
  });
});

/** Bin k times a factor from 0.5 to 1.5, as the reference has it: no signal has this spectrogram. */
function louder({ re, im, frames, bins }: Spectrogram): Spectrogram {
  const scale = (values: Float64Array): Float64Array =>
    values.map((value, i) => value * (0.5 + Math.floor(i / bins) / Math.max(1, frames - 1)));
  return { re: scale(re), im: scale(im), frames, bins };
}
