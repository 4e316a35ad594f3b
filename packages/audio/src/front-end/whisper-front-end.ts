import { ModelError } from "@menagerie/core";
import { checkSamples } from "../signal/recording.ts";
import { fastLog } from "../spectrum/fast-log.ts";
import { frameCount } from "../spectrum/frame-layout.ts";
import { melFilters } from "../spectrum/mel-filters.ts";
import { MelPower } from "../spectrum/mel-power.ts";
import { preprocessorConfig } from "./preprocessor-config.ts";

/** The keys of a Whisper checkpoint's `preprocessor_config.json` that are used here, in its own words. */
export interface WhisperSettings {
  /** Number of mels: 80, or 128 for large-v3. */
  readonly featureSize: number;
  /** In Hz. */
  readonly samplingRate: number;
  readonly hopLength: number;
  readonly fftSize: number;
  /** Seconds of one window. */
  readonly chunkLength: number;
  /** The sample that fills a window after the end of a recording. */
  readonly paddingValue: number;
}

/** Scaled log-mel features; float32 `[mels, frames]`. */
export interface LogMel {
  readonly data: Float32Array;
  readonly mels: number;
  readonly frames: number;
}

/** @throws ModelError `checkpoint_invalid` naming the key that is missing or out of range. */
export function whisperSettings(json: unknown): WhisperSettings {
  const config = preprocessorConfig(json);
  const whole = { isWhole: true, min: 1 };
  return {
    featureSize: config.number("feature_size", { ...whole, max: 1024, fallback: 80 }),
    samplingRate: config.number("sampling_rate", { ...whole, max: 768_000, fallback: 16_000 }),
    hopLength: config.number("hop_length", { ...whole, max: 65_536, fallback: 160 }),
    fftSize: config.number("n_fft", { ...whole, min: 4, max: 65_536, fallback: 400 }),
    chunkLength: config.number("chunk_length", { ...whole, max: 3600, fallback: 30 }),
    paddingValue: config.number("padding_value", { min: -1, max: 1, fallback: 0 }),
  };
}

/**
 * What Whisper hears: `log10(max(1e-10, mel power))`, no lower than 8 below its maximum, plus 4, divided by 4; Hann
 * windows, reflection at both ends, Slaney's mels up to 8 kHz, the last frame dropped. As transformers'
 * `WhisperFeatureExtractor`, in float64 and rounded to float32 once. Not to be used by two callers at a time.
 */
export class WhisperFrontEnd {
  readonly settings: WhisperSettings;
  readonly #power: MelPower;

  constructor(settings: WhisperSettings) {
    this.settings = settings;
    const { featureSize, samplingRate, hopLength, fftSize } = settings;
    const filters = melFilters({
      melCount: featureSize,
      binCount: Math.floor(fftSize / 2) + 1,
      minFrequency: 0,
      maxFrequency: 8000,
      sampleRate: samplingRate,
      scale: "slaney",
      shape: "slaney-triangles",
    });
    const window = { name: "hann", symmetry: "periodic" } as const;
    this.#power = new MelPower({ fftSize, hopLength, window, padding: "reflect" }, filters);
  }

  /** Samples of one window, 480,000 for 30 s at 16 kHz. */
  get windowSamples(): number {
    return this.settings.chunkLength * this.settings.samplingRate;
  }

  /** Frames of one window, 3,000 for 30 s. */
  get windowFrames(): number {
    return Math.floor(this.windowSamples / this.settings.hopLength);
  }

  /**
   * One window: the recording, cut or padded to `windowSamples`; the maximum is the window's own.
   *
   * @param samples mono at `samplingRate`
   * @throws ModelError `input_invalid` for no samples, or NaN among them.
   */
  window(samples: Float32Array): LogMel {
    checkSamples(samples);
    const cut = samples.subarray(0, this.windowSamples);
    const missing = this.windowSamples - cut.length;
    const { fftSize, hopLength, paddingValue } = this.settings;
    if (missing === 0) return this.#logMel(cut, this.windowFrames);
    if (paddingValue !== 0 || missing <= fftSize) {
      const padded = new Float32Array(this.windowSamples).fill(paddingValue, cut.length);
      padded.set(cut);
      return this.#logMel(padded, this.windowFrames);
    }
    // Enough silence that no frame with sound in it sees where the padding ends; the frames after it are all alike.
    const sounding = Math.ceil((cut.length + Math.floor(fftSize / 2)) / hopLength);
    const padded = new Float32Array(cut.length + fftSize);
    padded.set(cut);
    return this.#logMel(padded, this.windowFrames, Math.min(sounding, this.windowFrames));
  }

  /**
   * A whole recording of any length, with one maximum over all of it: what transformers computes with
   * `truncation=False, padding="longest"` before it decodes a long recording window by window. One frame for each
   * whole hop of samples.
   *
   * @param samples mono at `samplingRate`
   * @throws ModelError `input_invalid` for less than one hop of samples, or NaN among them.
   */
  wholeFile(samples: Float32Array): LogMel {
    checkSamples(samples);
    const frames = frameCount(samples.length, this.#power.options) - 1;
    if (frames > 0) return this.#logMel(samples, frames);
    const { hopLength } = this.settings;
    throw new ModelError(
      "input_invalid",
      `The recording has ${samples.length} samples, fewer than the ${hopLength} of one frame. Send a longer one.`,
      { details: { samples: samples.length, hopLength } },
    );
  }

  /**
   * The window that begins at a frame of a whole recording: `windowFrames` frames, of which those after the end of the
   * recording are 0 (the features, not the samples, are padded).
   *
   * @throws ModelError `input_invalid` unless the recording has that frame.
   */
  windowAt(whole: LogMel, firstFrame: number): LogMel {
    const { mels, frames, data } = whole;
    if (!Number.isInteger(firstFrame) || firstFrame < 0 || firstFrame >= frames) {
      throw new ModelError(
        "input_invalid",
        `Frame ${firstFrame} was asked for; the recording has frames 0 to ${frames - 1}.`,
      );
    }
    const end = Math.min(frames, firstFrame + this.windowFrames);
    const window = new Float32Array(mels * this.windowFrames);
    for (let mel = 0; mel < mels; mel++) {
      window.set(data.subarray(mel * frames + firstFrame, mel * frames + end), mel * this.windowFrames);
    }
    return { data: window, mels, frames: this.windowFrames };
  }

  #logMel(samples: Float32Array, frames: number, computed: number = frames): LogMel {
    const mels = this.settings.featureSize;
    const data = new Float32Array(mels * frames);
    let highest = scaledLog(0);
    this.#power.forEachFrame(samples, 0, computed, (frame, powers, row) => {
      for (let mel = 0, at = frame; mel < mels; mel++, at += frames) {
        const value = scaledLog(powers[row + mel] as number);
        if (value > highest) highest = value;
        data[at] = value;
      }
    });
    // Rounding keeps the order of numbers, so to clamp what was rounded gives what rounding the clamped would.
    const floor = Math.fround(Math.max(highest - 2, scaledLog(0)));
    for (let mel = 0; mel < mels; mel++) {
      const row = mel * frames;
      for (let at = row; at < row + computed; at++) if ((data[at] as number) < floor) data[at] = floor;
      data.fill(floor, row + computed, row + frames);
    }
    return { data, mels, frames };
  }
}

/** `(log10(max(1e-10, power)) + 4) / 4`. */
function scaledLog(power: number): number {
  return power <= 1e-10 ? -1.5 : fastLog(power) * quarterOfLog10 + 1;
}

const quarterOfLog10 = Math.LOG10E / 4;
