import { ModelError } from "@menagerie/core";
import { checkSamples } from "../signal/recording.ts";
import { fastLog } from "../spectrum/fast-log.ts";
import { frameCount } from "../spectrum/frame-layout.ts";
import { melFilters } from "../spectrum/mel-filters.ts";
import { MelPower } from "../spectrum/mel-power.ts";
import { type ClapCrop, type FusionFrames, fusionFrames } from "./clap-crop.ts";
import type { ClapSettings } from "./clap-settings.ts";

/** Decibels of mel powers of a batch of clips. */
export interface ClapFeatures {
  /** float32 `[clips, views, frames, mels]`; views are 4 with "fusion", else 1 */
  readonly data: Float32Array;
  readonly shape: readonly [number, number, number, number];
  /** For each clip whether the recording was longer than one; see `features` for the exception. */
  readonly isLonger: readonly boolean[];
}

/**
 * What CLAP hears, as transformers' `ClapFeatureExtractor` computes it: `10 log10(max(1e-10, mel power))`, periodic
 * Hann windows, reflection at both ends; in float64 and rounded to float32 once. Where that class crops at random, the
 * crop here is an argument. Not to be used by two callers at a time.
 */
export class ClapFrontEnd {
  readonly settings: ClapSettings;
  readonly #power: MelPower;

  constructor(settings: ClapSettings) {
    this.settings = settings;
    const { featureSize, samplingRate, hopLength, fftWindowSize, frequencyMin, frequencyMax, truncation } = settings;
    const isFusion = truncation === "fusion";
    const filters = melFilters({
      melCount: featureSize,
      binCount: Math.floor(fftWindowSize / 2) + 1,
      minFrequency: frequencyMin,
      maxFrequency: frequencyMax,
      sampleRate: samplingRate,
      scale: isFusion ? "htk" : "slaney",
      shape: isFusion ? "triangles" : "slaney-triangles",
    });
    const window = { name: "hann", symmetry: "periodic" } as const;
    this.#power = new MelPower({ fftSize: fftWindowSize, hopLength, window, padding: "reflect" }, filters);
  }

  /** Samples of one clip, 480,000 for 10 s at 48 kHz. */
  get clipSamples(): number {
    return this.settings.maxLengthS * this.settings.samplingRate;
  }

  /**
   * With "fusion", if no recording of the batch is longer than a clip, the first is marked as longer all the same:
   * transformers marks one at random.
   *
   * @param recordings mono at `samplingRate`
   * @param crops where to cut each recording that is longer than a clip; see `ClapCrop` for what is cut otherwise.
   * @throws ModelError `input_invalid` for no recording, one without samples or with NaN, or a crop outside of it.
   */
  features(recordings: readonly Float32Array[], crops: readonly (ClapCrop | undefined)[] = []): ClapFeatures {
    if (recordings.length === 0) throw new ModelError("input_invalid", "There is no recording to make features of.");
    const isFusion = this.settings.truncation === "fusion";
    const [views, mels] = [isFusion ? 4 : 1, this.settings.featureSize];
    const frames = frameCount(this.clipSamples, this.#power.options);
    const size = views * frames * mels;
    const data = new Float32Array(recordings.length * size);
    const isLonger = recordings.map((samples, i) => {
      checkSamples(samples);
      const to = data.subarray(i * size, (i + 1) * size);
      return isFusion ? this.#writeViews(samples, crops[i], frames, to) : this.#writeClip(samples, crops[i], to);
    });
    if (isFusion && !isLonger.includes(true)) isLonger[0] = true;
    return { data, shape: [recordings.length, views, frames, mels], isLonger };
  }

  #writeClip(samples: Float32Array, crop: ClapCrop | undefined, to: Float32Array): boolean {
    const overflow = samples.length - this.clipSamples;
    if (overflow <= 0) {
      to.set(this.#decibels(this.#padded(samples)));
      return false;
    }
    const start = crop?.firstSample ?? 0;
    if (!Number.isInteger(start) || start < 0 || start > overflow) {
      throw new ModelError(
        "input_invalid",
        `The clip was to begin at sample ${start}; the recording has ${samples.length} samples and a clip ${this.clipSamples}, ` +
          `so it begins at 0 to ${overflow}.`,
        { details: { start, overflow } },
      );
    }
    to.set(this.#decibels(samples.subarray(start, start + this.clipSamples)));
    return true;
  }

  #writeViews(samples: Float32Array, crop: ClapCrop | undefined, frames: number, to: Float32Array): boolean {
    const mels = this.settings.featureSize;
    const whole = this.#decibels(samples.length > this.clipSamples ? samples : this.#padded(samples));
    const total = whole.length / mels;
    if (total <= frames) {
      for (let view = 0; view < 4; view++) to.set(whole, view * whole.length);
      return false;
    }
    const { front, middle, back }: FusionFrames = fusionFrames(total, frames, crop?.frames);
    writeShrunken(whole, total, frames, mels, to);
    for (const [view, first] of [front, middle, back].entries()) {
      to.set(whole.subarray(first * mels, (first + frames) * mels), (view + 1) * frames * mels);
    }
    return true;
  }

  #padded(samples: Float32Array): Float32Array {
    const length = this.clipSamples;
    if (samples.length === length) return samples;
    const padded = new Float32Array(length);
    const { padding } = this.settings;
    const copies = padding === "pad" ? 1 : Math.floor(length / samples.length);
    for (let copy = 0; copy < copies; copy++) padded.set(samples, copy * samples.length);
    const rest = length - copies * samples.length;
    if (padding === "repeat") padded.set(samples.subarray(0, rest), copies * samples.length);
    return padded;
  }

  /** float64 `[frames, mels]`: what is made of it is rounded once, where it is written. */
  #decibels(samples: Float32Array): Float64Array {
    const mels = this.settings.featureSize;
    const frames = frameCount(samples.length, this.#power.options);
    const data = new Float64Array(frames * mels);
    this.#power.forEachFrame(samples, 0, frames, (frame, powers, row) => {
      for (let mel = 0; mel < mels; mel++) {
        const power = powers[row + mel] as number;
        data[frame * mels + mel] = power <= 1e-10 ? -100 : decibelsPerNeper * fastLog(power);
      }
    });
    return data;
  }
}

/** The whole spectrogram in as many frames as a clip has: `torch.nn.functional.interpolate`, bilinear, corners not aligned. */
function writeShrunken(from: Float64Array, total: number, frames: number, mels: number, to: Float32Array): void {
  const scale = total / frames;
  for (let t = 0; t < frames; t++) {
    const position = Math.max(0, (t + 0.5) * scale - 0.5);
    const first = Math.floor(position);
    const second = Math.min(first + 1, total - 1);
    const share = position - first;
    for (let mel = 0; mel < mels; mel++) {
      const [a, b] = [from[first * mels + mel] as number, from[second * mels + mel] as number];
      to[t * mels + mel] = a + (b - a) * share;
    }
  }
}

/** 10 log10(x) for each ln(x). */
const decibelsPerNeper = 10 * Math.LOG10E;
