import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { difference, type Sampled } from "../../fixtures/sampled.ts";
import { signal } from "../../fixtures/signals.ts";
import { ClapFrontEnd } from "./clap-front-end.ts";
import { clapSettings } from "./clap-settings.ts";
import { ResemblyzerFrontEnd, resemblyzerSettings } from "./resemblyzer-front-end.ts";
import { SpeechBrainFrontEnd } from "./speechbrain-front-end.ts";
import { WhisperFrontEnd, whisperSettings } from "./whisper-front-end.ts";

interface Case extends Sampled {
  readonly seed: number;
  readonly samples: number;
}
interface WhisperCase extends Case {
  readonly config: { readonly feature_size: number };
  readonly whole: boolean;
}
interface ClapCase extends Case {
  readonly config: { readonly truncation: string; readonly padding: string };
  readonly crop: number | readonly [number, number, number];
  readonly isLonger: boolean;
}
interface ResemblyzerCase extends Case {
  readonly padding: "constant" | "reflect";
  readonly firstFrames: readonly number[];
}
interface References {
  readonly whisper: readonly WhisperCase[];
  readonly clap: readonly ClapCase[];
  readonly ecapa: readonly Case[];
  readonly resemblyzer: readonly ResemblyzerCase[];
}

const references: References = JSON.parse(
  readFileSync(new URL("../../fixtures/front-ends.json", import.meta.url), "utf8"),
);
const silence = new Float32Array(16_000);

describe("WhisperFrontEnd", () => {
  it.each(
    references.whisper.map((one): [number, number, boolean, WhisperCase] => [
      one.samples,
      one.config.feature_size,
      one.whole,
      one,
    ]),
  )("is numpy's float64 rounded to float32: %i samples, %i mels, whole file %s", (_, __, whole, reference) => {
    const frontEnd = new WhisperFrontEnd(whisperSettings(reference.config));
    const samples = signal(reference.seed, reference.samples);
    const { data, mels, frames } = whole ? frontEnd.wholeFile(samples) : frontEnd.window(samples);
    expect([mels, frames]).toEqual(reference.shape);
    const { largest, beyondRounding, mean, squares } = difference(reference, data);
    expect(largest).toBeLessThan(6.1e-8);
    expect(beyondRounding).toBeLessThan(1e-12);
    // The floor is one value, rounded one way.
    expect(mean).toBeLessThan(6e-8);
    expect(squares).toBeLessThan(1e-7);
  });

  it("cuts windows from a whole recording, with features of 0 after its end", () => {
    const frontEnd = new WhisperFrontEnd(whisperSettings({}));
    const whole = frontEnd.wholeFile(signal(3, 600_123));
    expect(whole.frames).toBe(3750);
    const last = frontEnd.windowAt(whole, 2900);
    expect([last.mels, last.frames]).toEqual([80, 3000]);
    for (const mel of [0, 41, 79]) {
      const row = last.data.subarray(mel * 3000, (mel + 1) * 3000);
      expect(row.subarray(0, 850)).toEqual(whole.data.subarray(mel * 3750 + 2900, (mel + 1) * 3750));
      expect(row.subarray(850).every((value) => value === 0)).toBe(true);
    }
    expect(frontEnd.windowAt(whole, 750).data.subarray(0, 3000)).toEqual(whole.data.subarray(750, 3750));
    expect(() => frontEnd.windowAt(whole, 3750)).toThrowError(expect.objectContaining({ code: "input_invalid" }));
  });

  it("gives a floor, not NaN, for silence", () => {
    const { data } = new WhisperFrontEnd(whisperSettings({})).window(silence);
    expect(data.every((value) => value === -1.5)).toBe(true);
  });

  it("gives the same features whatever was heard before", () => {
    const frontEnd = new WhisperFrontEnd(whisperSettings({}));
    const first = frontEnd.window(signal(1, 9000));
    frontEnd.window(signal(2, 480_000));
    expect(frontEnd.window(signal(1, 9000))).toEqual(first);
  });
});

describe("ClapFrontEnd", () => {
  it.each(
    references.clap.map((one): [string, string, number, ClapCase] => [
      one.config.truncation,
      one.config.padding,
      one.samples,
      one,
    ]),
  )("is numpy's float64 rounded to float32: %s, %s, %i samples", (_, __, ___, reference) => {
    const { crop } = reference;
    const crops =
      typeof crop === "number" ? { firstSample: crop } : { frames: { front: crop[0], middle: crop[1], back: crop[2] } };
    const { data, shape, isLonger } = new ClapFrontEnd(clapSettings(reference.config)).features(
      [signal(reference.seed, reference.samples)],
      [crops],
    );
    expect(shape.slice(1)).toEqual(reference.shape);
    expect(isLonger).toEqual([reference.isLonger]);
    const { largest, beyondRounding, mean } = difference(reference, data);
    // Half a step of float32 below 128 dB.
    expect(largest).toBeLessThan(3.9e-6);
    expect(beyondRounding).toBeLessThan(1e-12);
    expect(mean).toBeLessThan(1e-7);
  });

  it("crops where it is told and nowhere else", () => {
    const samples = signal(4, 700_000);
    const fusion = new ClapFrontEnd(clapSettings({ truncation: "fusion" }));
    const standard = fusion.features([samples]);
    // 1,459 frames have 459 places for 1,001, in thirds of 153.
    const frames = { front: 0, middle: 229, back: 458 };
    expect(fusion.features([samples], [{ frames }])).toEqual(standard);
    expect(() => fusion.features([samples], [{ frames: { ...frames, middle: 152 } }])).toThrowError(
      expect.objectContaining({
        code: "input_invalid",
        message: expect.stringContaining("begins at frame 153 to 305"),
      }),
    );
    const cropped = new ClapFrontEnd(clapSettings({ truncation: "rand_trunc" }));
    expect(cropped.features([samples]).data).toEqual(cropped.features([samples.subarray(0, 480_000)]).data);
    expect(() => cropped.features([samples], [{ firstSample: 220_001 }])).toThrowError(
      expect.objectContaining({ code: "input_invalid", message: expect.stringContaining("begins at 0 to 220000") }),
    );
  });

  it("marks the first of a batch as longer where none is, in fusion only", () => {
    const clips = [signal(1, 9000), signal(2, 9000)];
    expect(new ClapFrontEnd(clapSettings({ truncation: "fusion" })).features(clips).isLonger).toEqual([true, false]);
    const { isLonger, shape } = new ClapFrontEnd(clapSettings({ truncation: "rand_trunc" })).features(clips);
    expect(isLonger).toEqual([false, false]);
    expect(shape).toEqual([2, 1, 1001, 64]);
  });
});

describe("SpeechBrainFrontEnd", () => {
  it.each(references.ecapa.map((one): [number, Case] => [one.samples, one]))(
    "is numpy's float64 rounded to float32, less the mean: %i samples",
    (_, reference) => {
      const { data, frames, mels } = new SpeechBrainFrontEnd().features(signal(reference.seed, reference.samples));
      expect([frames, mels]).toEqual(reference.shape);
      expect(difference(reference, data).beyondRounding).toBeLessThan(1e-12);
    },
  );
});

describe("ResemblyzerFrontEnd", () => {
  it.each(references.resemblyzer.map((one): [number, string, ResemblyzerCase] => [one.samples, one.padding, one]))(
    "gives the partials that numpy gives in float64: %i samples, %s",
    (_, padding, reference) => {
      const frontEnd = new ResemblyzerFrontEnd({ ...resemblyzerSettings, padding: padding as "constant" });
      const loud = frontEnd.normaliseVolume(signal(reference.seed, reference.samples));
      const { data, shape, firstFrames } = frontEnd.partials(loud);
      expect(shape).toEqual(reference.shape);
      expect(firstFrames).toEqual(reference.firstFrames);
      const { relative, beyondRounding } = difference(reference, data);
      expect(relative).toBeLessThan(6e-8);
      // The amplified signal is rounded to float32 before its powers are computed, here as there.
      expect(beyondRounding).toBeLessThan(1e-12);
    },
  );

  it("makes a recording louder to -30 dB and never quieter", () => {
    const frontEnd = new ResemblyzerFrontEnd();
    const quiet = signal(1, 16_000).map((value) => value / 512);
    const loud = frontEnd.normaliseVolume(quiet);
    const power = loud.reduce((sum, value) => sum + value * value, 0) / loud.length;
    expect(10 * Math.log10(power)).toBeCloseTo(-30, 4);
    expect(frontEnd.normaliseVolume(signal(1, 16_000))).toEqual(signal(1, 16_000));
    expect(() => frontEnd.normaliseVolume(silence)).toThrowError(expect.objectContaining({ code: "input_invalid" }));
  });

  it("refuses a rate of partials that leaves gaps or stands still", () => {
    const frontEnd = new ResemblyzerFrontEnd();
    for (const rate of [0, -1, 0.1, 1e6, Number.NaN]) {
      expect(() => frontEnd.partials(signal(1, 9000), rate)).toThrowError(
        expect.objectContaining({ code: "input_invalid" }),
      );
    }
  });
});

describe("a preprocessor_config.json", () => {
  it("that is none, or has a number out of range, is refused by the name of its key", () => {
    for (const json of [undefined, null, [], "{}", { feature_size: "80" }, { hop_length: 0 }, { n_fft: 400.5 }]) {
      expect(() => whisperSettings(json)).toThrowError(expect.objectContaining({ code: "checkpoint_invalid" }));
    }
    expect(() => clapSettings({ truncation: "random" })).toThrowError(
      expect.objectContaining({
        code: "checkpoint_invalid",
        message: expect.stringContaining('truncation has to be rand_trunc or fusion, not "random"'),
      }),
    );
  });
});
