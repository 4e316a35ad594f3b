import { checkSamples } from "../signal/recording.ts";
import { roundHalfEven } from "../signal/round-half-even.ts";
import { fastLog } from "../spectrum/fast-log.ts";
import { frameCount } from "../spectrum/frame-layout.ts";
import { melFilters } from "../spectrum/mel-filters.ts";
import { MelPower } from "../spectrum/mel-power.ts";

/** Arguments of SpeechBrain's `Fbank` as a checkpoint's `hyperparams.yaml` gives them. */
export interface SpeechBrainSettings {
  readonly nMels: number;
  /** In Hz. */
  readonly sampleRate: number;
  readonly nFft: number;
  /** In milliseconds. */
  readonly winLength: number;
  /** In milliseconds. */
  readonly hopLength: number;
  /** In Hz. */
  readonly fMin: number;
  /** In Hz. */
  readonly fMax: number;
  /** Decibels below the loudest value of the recording at which all others end. */
  readonly topDb: number;
}

/** Those of spkrec-ecapa-voxceleb: `Fbank(n_mels=80)`. */
export const ecapaSettings: SpeechBrainSettings = {
  nMels: 80,
  sampleRate: 16_000,
  nFft: 400,
  winLength: 25,
  hopLength: 10,
  fMin: 0,
  fMax: 8000,
  topDb: 80,
};

/** float32 `[frames, mels]` */
export interface MelFrames {
  readonly data: Float32Array;
  readonly frames: number;
  readonly mels: number;
}

/**
 * What SpeechBrain's ECAPA-TDNN hears: `10 log10(max(1e-10, mel power))`, no lower than `topDb` below its maximum, less
 * the mean over time of each mel (`InputNormalization(norm_type="sentence", std_norm=False)`). Periodic Hamming windows,
 * zeros at both ends, its own filters; in float64 and rounded to float32 once. Not to be used by two callers at a time.
 */
export class SpeechBrainFrontEnd {
  readonly settings: SpeechBrainSettings;
  readonly #power: MelPower;

  /** @throws ModelError `model_spec_invalid` for numbers that make no frames or filters. */
  constructor(settings: SpeechBrainSettings = ecapaSettings) {
    this.settings = settings;
    const { nMels, sampleRate, nFft, winLength, hopLength, fMin, fMax } = settings;
    const filters = melFilters({
      melCount: nMels,
      binCount: Math.floor(nFft / 2) + 1,
      minFrequency: fMin,
      maxFrequency: fMax,
      sampleRate,
      scale: "htk",
      shape: "speechbrain",
    });
    const framing = {
      fftSize: nFft,
      windowLength: roundHalfEven((sampleRate / 1000) * winLength),
      hopLength: roundHalfEven((sampleRate / 1000) * hopLength),
      window: { name: "hamming", symmetry: "periodic" },
      padding: "constant",
    } as const;
    this.#power = new MelPower(framing, filters);
  }

  /**
   * @param samples mono at `sampleRate`, all of the utterance: the floor and the mean are those of the whole.
   * @throws ModelError `input_invalid` for no samples, or NaN among them.
   */
  features(samples: Float32Array): MelFrames {
    checkSamples(samples);
    const mels = this.settings.nMels;
    const frames = frameCount(samples.length, this.#power.options);
    const decibels = new Float64Array(frames * mels);
    let highest = -100;
    this.#power.forEachFrame(samples, 0, frames, (frame, powers, row) => {
      for (let mel = 0; mel < mels; mel++) {
        const value = decibelsPerNeper * fastLog(Math.max(1e-10, powers[row + mel] as number));
        if (value > highest) highest = value;
        decibels[frame * mels + mel] = value;
      }
    });
    const floor = highest - this.settings.topDb;
    const data = new Float32Array(decibels.length);
    for (let mel = 0; mel < mels; mel++) {
      let sum = 0;
      for (let at = mel; at < decibels.length; at += mels) {
        const value = Math.max(floor, decibels[at] as number);
        decibels[at] = value;
        sum += value;
      }
      for (let at = mel; at < decibels.length; at += mels) data[at] = (decibels[at] as number) - sum / frames;
    }
    return { data, frames, mels };
  }
}

/** 10 log10(x) for each ln(x). */
const decibelsPerNeper = 10 * Math.LOG10E;
