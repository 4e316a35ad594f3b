import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { difference, type Sampled } from "../../fixtures/sampled.ts";
import { type MelFilterOptions, type MelFilters, melFilters } from "./mel-filters.ts";
import { hertzToMel, melToHertz } from "./mel-scale.ts";

const { banks, speechbrain }: { banks: (Sampled & { options: MelFilterOptions })[]; speechbrain: Sampled } = JSON.parse(
  readFileSync(new URL("../../fixtures/spectra.json", import.meta.url), "utf8"),
);
const ecapa: MelFilterOptions = {
  melCount: 80,
  binCount: 201,
  minFrequency: 0,
  maxFrequency: 8000,
  sampleRate: 16_000,
  scale: "htk",
  shape: "speechbrain",
};

describe("melFilters", () => {
  it.each(
    banks.map((bank): [string, (typeof banks)[number]] => [
      `${bank.options.scale}, ${bank.options.melCount} mels`,
      bank,
    ]),
  )("are those of transformers' mel_filter_bank: %s", (_, bank) => {
    const { largest, mean } = difference(bank, dense(melFilters(bank.options)));
    expect(largest).toBeLessThan(1e-13);
    expect(mean).toBeLessThan(1e-14);
  });

  it("are those of SpeechBrain, as near as its float32 comes to its own formula", () => {
    const { largest, mean } = difference(speechbrain, dense(melFilters(ecapa)));
    expect(largest).toBeLessThan(3e-5);
    expect(mean).toBeLessThan(1e-6);
  });

  it("are refused for counts and ranges that make no bank, with the numbers", () => {
    for (const wrong of [
      { melCount: 0 },
      { binCount: 1 },
      { maxFrequency: 0 },
      { sampleRate: Number.NaN },
      { minFrequency: -1 },
    ]) {
      expect(() => melFilters({ ...ecapa, ...wrong })).toThrowError(
        expect.objectContaining({ code: "model_spec_invalid" }),
      );
    }
  });

  it.each(["htk", "slaney", "kaldi"] as const)("stand on a scale that goes back and forth: %s", (scale) => {
    for (const hertz of [0, 1, 440, 999, 1000, 1001, 8000, 22_050]) {
      expect(melToHertz(hertzToMel(hertz, scale), scale)).toBeCloseTo(hertz, 8);
    }
  });
});

function dense({ melCount, binCount, firstBin, offsets, weights }: MelFilters): Float64Array {
  const all = new Float64Array(melCount * binCount);
  for (let mel = 0; mel < melCount; mel++) {
    all.set(weights.subarray(offsets[mel], offsets[mel + 1]), mel * binCount + (firstBin[mel] as number));
  }
  return all;
}
