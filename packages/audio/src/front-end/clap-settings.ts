import { preprocessorConfig } from "./preprocessor-config.ts";

/** The keys of a CLAP checkpoint's `preprocessor_config.json` that are used here, in its own words. */
export interface ClapSettings {
  /** Number of mels. */
  readonly featureSize: number;
  /** In Hz. */
  readonly samplingRate: number;
  readonly hopLength: number;
  readonly fftWindowSize: number;
  /** Seconds of one clip. `nb_max_samples` in the file is not read: the official class computes it from this. */
  readonly maxLengthS: number;
  /** In Hz. */
  readonly frequencyMin: number;
  /** In Hz. */
  readonly frequencyMax: number;
  /** What becomes of a longer recording: one crop (Slaney's mels), or four views of it (HTK's mels). */
  readonly truncation: "rand_trunc" | "fusion";
  /** What becomes of a shorter one: repeated whole and then silent, repeated to the end, or silent. */
  readonly padding: "repeatpad" | "repeat" | "pad";
}

/**
 * `top_db` in the file is not used: the official class keeps it and computes without a range limit.
 *
 * @throws ModelError `checkpoint_invalid` naming the key that is missing or out of range.
 */
export function clapSettings(json: unknown): ClapSettings {
  const config = preprocessorConfig(json);
  const whole = { isWhole: true, min: 1 };
  return {
    featureSize: config.number("feature_size", { ...whole, max: 1024, fallback: 64 }),
    samplingRate: config.number("sampling_rate", { ...whole, max: 768_000, fallback: 48_000 }),
    hopLength: config.number("hop_length", { ...whole, max: 65_536, fallback: 480 }),
    fftWindowSize: config.number("fft_window_size", { ...whole, min: 4, max: 65_536, fallback: 1024 }),
    maxLengthS: config.number("max_length_s", { ...whole, max: 3600, fallback: 10 }),
    frequencyMin: config.number("frequency_min", { min: 0, max: 384_000, fallback: 0 }),
    frequencyMax: config.number("frequency_max", { min: 1, max: 384_000, fallback: 14_000 }),
    truncation: config.word("truncation", ["rand_trunc", "fusion"], "fusion"),
    padding: config.word("padding", ["repeatpad", "repeat", "pad"], "repeatpad"),
  };
}
