import { ModelError } from "@menagerie/core";
import { checkSampleRate, checkSamples } from "../signal/recording.ts";
import { roundHalfEven } from "../signal/round-half-even.ts";
import { frameCount } from "../spectrum/frame-layout.ts";
import { melFilters } from "../spectrum/mel-filters.ts";
import { MelPower } from "../spectrum/mel-power.ts";
import type { MelFrames } from "./speechbrain-front-end.ts";

/** The numbers of Resemblyzer's `hparams.py`, which its one checkpoint was trained with. */
export interface ResemblyzerSettings {
  /** In Hz. */
  readonly samplingRate: number;
  /** In milliseconds. */
  readonly melWindowLength: number;
  /** In milliseconds. */
  readonly melWindowStep: number;
  readonly melChannels: number;
  /** Frames of one partial utterance. */
  readonly partialFrames: number;
  /** In dB below full scale. */
  readonly targetDbfs: number;
  /** What stands before and after the recording: zeros by the default of librosa 0.11, its reflection by that of old ones. */
  readonly padding: "constant" | "reflect";
}

export const resemblyzerSettings: ResemblyzerSettings = {
  samplingRate: 16_000,
  melWindowLength: 25,
  melWindowStep: 10,
  melChannels: 40,
  partialFrames: 160,
  targetDbfs: -30,
  padding: "constant",
};

/** Partial utterances; float32 `[partials, frames, mels]`. */
export interface PartialUtterances {
  readonly data: Float32Array;
  readonly shape: readonly [number, number, number];
  /** First frame of each partial. */
  readonly firstFrames: readonly number[];
}

/**
 * What Resemblyzer's voice encoder hears: mel powers (not their logarithms) with Slaney's filters and periodic Hann
 * windows, in float64 and rounded to float32 once, cut into overlapping partials whose embeddings are averaged.
 * Resemblyzer's trimming of silence by WebRTC's voice detector is not done here: the caller trims. Not to be used by two
 * callers at a time.
 */
export class ResemblyzerFrontEnd {
  readonly settings: ResemblyzerSettings;
  readonly #power: MelPower;

  constructor(settings: ResemblyzerSettings = resemblyzerSettings) {
    this.settings = settings;
    const { samplingRate, melWindowLength, melWindowStep, melChannels, padding } = settings;
    checkSampleRate(samplingRate);
    const fftSize = Math.floor((samplingRate * melWindowLength) / 1000);
    const filters = melFilters({
      melCount: melChannels,
      binCount: Math.floor(fftSize / 2) + 1,
      minFrequency: 0,
      maxFrequency: samplingRate / 2,
      sampleRate: samplingRate,
      scale: "slaney",
      shape: "slaney-triangles",
    });
    const window = { name: "hann", symmetry: "periodic" } as const;
    const hopLength = Math.floor((samplingRate * melWindowStep) / 1000);
    this.#power = new MelPower({ fftSize, hopLength, window, padding }, filters);
  }

  /**
   * The recording amplified to `targetDbfs` (root mean square), or as it is where it is louder; float32 `[samples]`.
   *
   * @throws ModelError `input_invalid` for silence, which no gain makes louder, no samples, or NaN among them.
   */
  normaliseVolume(samples: Float32Array): Float32Array {
    checkSamples(samples);
    let squares = 0;
    for (const sample of samples) squares += sample * sample;
    const change = this.settings.targetDbfs - 10 * Math.log10(squares / samples.length);
    if (change === Number.POSITIVE_INFINITY) {
      const message = `All ${samples.length} samples of the recording are 0: there is no voice in it. Send one with speech.`;
      throw new ModelError("input_invalid", message, { details: { samples: samples.length } });
    }
    const gain = 10 ** (Math.max(0, change) / 20);
    return samples.map((sample) => sample * gain);
  }

  /**
   * Mel powers of all of a recording.
   *
   * @param samples mono at `samplingRate`
   * @throws ModelError `input_invalid` for no samples, or NaN among them.
   */
  mels(samples: Float32Array): MelFrames {
    checkSamples(samples);
    const mels = this.settings.melChannels;
    const frames = frameCount(samples.length, this.#power.options);
    const data = new Float32Array(frames * mels);
    this.#power.forEachFrame(samples, 0, frames, (frame, powers, row) =>
      data.set(powers.subarray(row, row + mels), frame * mels),
    );
    return { data, frames, mels };
  }

  /**
   * The mel powers of overlapping partials, with silence after the recording where the last one asks for it.
   *
   * @param samples mono at `samplingRate`, trimmed and of normal volume
   * @param rate partials per second; the step between them is rounded to whole frames, at most a partial's length
   * @param minCoverage share of the last partial that has to lie in the recording, or else it is left out
   * @throws ModelError `input_invalid` for no samples, NaN among them, or a rate or coverage that cannot be.
   */
  partials(samples: Float32Array, rate: number = 1.3, minCoverage: number = 0.75): PartialUtterances {
    const firstFrames = this.firstFrames(samples.length, rate, minCoverage);
    const { partialFrames, melChannels } = this.settings;
    const needed = ((firstFrames.at(-1) as number) + partialFrames) * this.#power.options.hopLength;
    const padded = new Float32Array(Math.max(needed, samples.length));
    padded.set(samples);
    const { data } = this.mels(padded);
    const size = partialFrames * melChannels;
    const partials = new Float32Array(firstFrames.length * size);
    for (const [i, first] of firstFrames.entries()) {
      partials.set(data.subarray(first * melChannels, first * melChannels + size), i * size);
    }
    return { data: partials, shape: [firstFrames.length, partialFrames, melChannels], firstFrames };
  }

  /** Where the partials of so many samples begin; `compute_partial_slices` of Resemblyzer's `voice_encoder.py`. */
  firstFrames(sampleCount: number, rate: number = 1.3, minCoverage: number = 0.75): number[] {
    const { samplingRate, partialFrames } = this.settings;
    const { hopLength } = this.#power.options;
    const step = roundHalfEven(samplingRate / rate / hopLength);
    const isPossible = sampleCount > 0 && step >= 1 && step <= partialFrames && minCoverage > 0 && minCoverage <= 1;
    if (!isPossible) {
      throw new ModelError(
        "input_invalid",
        `${sampleCount} samples cannot be cut into partials ${step} frames apart that are covered to ${minCoverage}: the step is ` +
          `1 to ${partialFrames} frames, the coverage above 0 and at most 1, and there are samples.`,
        { details: { sampleCount, rate, minCoverage } },
      );
    }
    const frames = Math.ceil((sampleCount + 1) / hopLength);
    const end = Math.max(1, frames - partialFrames + step + 1);
    const firstFrames: number[] = [];
    for (let first = 0; first < end; first += step) firstFrames.push(first);
    const last = (firstFrames.at(-1) as number) * hopLength;
    const coverage = (sampleCount - last) / (partialFrames * hopLength);
    if (coverage < minCoverage && firstFrames.length > 1) firstFrames.pop();
    return firstFrames;
  }
}
