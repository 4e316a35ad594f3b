import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { difference, type Sampled } from "../../fixtures/sampled.ts";
import { signal } from "../../fixtures/signals.ts";
import { resample } from "./resample.ts";

interface Reference extends Sampled {
  readonly from: number;
  readonly to: number;
  readonly samples: number;
}

const references: readonly Reference[] = JSON.parse(
  readFileSync(new URL("../../fixtures/spectra.json", import.meta.url), "utf8"),
).resampled;
const ratios = references.map(({ from, to }): [number, number] => [from, to]);

describe("resample", () => {
  it.each(references.map((reference): [number, number, Reference] => [reference.from, reference.to, reference]))(
    "gives what scipy's resample_poly gives with the same filter: %i to %i Hz",
    (from, to, reference) => {
      const { largest, mean } = difference(reference, resample(signal(2, reference.samples), from, to));
      expect(largest).toBeLessThan(1e-7);
      expect(mean).toBeLessThan(1e-9);
    },
  );

  it.each([...ratios, [44_101, 48_000] as [number, number]])(
    "keeps tones up to 0.83 of the lower Nyquist frequency, 100 dB above what is added to them: %i to %i Hz",
    (from, to) => {
      const nyquist = Math.min(from, to) / 2;
      for (const share of [0.01, 0.1, 0.37, 0.6, 0.8, 0.83]) {
        expect(signalToNoise(share * nyquist, from, to), `at ${share} of Nyquist`).toBeGreaterThan(100);
      }
    },
  );

  it.each(ratios.filter(([from, to]) => from > to))(
    "lets less than -100 dB through of tones from 1.06 of the new Nyquist frequency on: %i to %i Hz",
    (from, to) => {
      for (const share of [1.06, 1.1, 1.25, 1.6, 2, 2.5]) {
        const frequency = (share * to) / 2;
        if (frequency >= from / 2) continue;
        const result = resample(tone(frequency, from, 12_000), from, to).subarray(500, -500);
        expect(20 * Math.log10(Math.SQRT2 * rms(result)), `at ${share} of Nyquist`).toBeLessThan(-100);
      }
    },
  );

  it.each(ratios.filter(([from, to]) => from < to))(
    "makes no image of a tone above the old Nyquist frequency: %i to %i Hz",
    (from, to) => {
      // All that differs from the tone itself, images included.
      expect(signalToNoise(0.8 * (from / 2), from, to)).toBeGreaterThan(100);
    },
  );

  it("has the length that the rates ask for, leaves its input alone and is linear, whatever the rates", () => {
    const rate = fc.integer({ min: 1, max: 50_000 });
    fc.assert(
      fc.property(rate, rate, fc.integer({ min: 1, max: 300 }), (from, to, samples) => {
        fc.pre((samples * to) / from < 1e5 && from / to < 300);
        const x = signal(3, samples);
        const before = x.slice();
        const result = resample(x, from, to);
        expect(result).toHaveLength(Number((BigInt(samples) * BigInt(to) + BigInt(from) - 1n) / BigInt(from)));
        expect(x).toEqual(before);
        const halves = resample(
          x.map((value) => value / 2),
          from,
          to,
        );
        expect(halves.every((value, i) => value === (result[i] as number) / 2)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("gives the signal itself, as a copy, where the rates are equal", () => {
    const x = signal(1, 100);
    const result = resample(x, 16_000, 16_000);
    expect(result).toEqual(x);
    expect(result).not.toBe(x);
  });

  it("interpolates for ratios too large for a table, and agrees with the table's neighbours", () => {
    // 44,101 : 48,000 has no common factor and would need 48,000 filters.
    const x = tone(1000, 44_101, 4000);
    const result = resample(x, 44_101, 48_000);
    const expected = tone(1000, 48_000, result.length);
    const errors = result.subarray(200, -200).map((value, i) => value - (expected[i + 200] as number));
    expect(rms(errors)).toBeLessThan(1e-6);
  });

  it("refuses NaN, nothing, and rates that are no rates", () => {
    const x = signal(1, 10);
    for (const [samples, from, to] of [
      [x, 0, 16_000],
      [x, 16_000, -1],
      [x, Number.NaN, 16_000],
      [x, 44_100.5, 16_000],
      [x, 1, 2 ** 31],
      [new Float32Array(0), 8000, 16_000],
      [Float32Array.of(1, Number.POSITIVE_INFINITY), 8000, 16_000],
    ] as const) {
      expect(() => resample(samples, from, to)).toThrowError(expect.objectContaining({ code: "input_invalid" }));
    }
  });
});

function tone(frequency: number, rate: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * frequency * i) / rate + 0.3));
}

/** In dB, of a tone, away from the ends. */
function signalToNoise(frequency: number, from: number, to: number): number {
  const result = resample(tone(frequency, from, 12_000), from, to);
  const expected = tone(frequency, to, result.length);
  const edge = Math.ceil((150 * to) / Math.min(from, to));
  const errors = result.subarray(edge, -edge).map((value, i) => value - (expected[i + edge] as number));
  return 20 * Math.log10(rms(expected) / rms(errors));
}

function rms(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
