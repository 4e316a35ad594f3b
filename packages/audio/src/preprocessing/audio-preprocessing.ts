import { type ModelSpec, partOf } from "@menagerie/core";
import { z } from "zod";

/** How a recording becomes what Whisper hears, in the words of its `preprocessor_config.json`. A type, so that a spec's open record takes it. */
export type WhisperPreprocessing = {
  front_end: "whisper";
  /** Number of mels: 80, or 128 for large-v3. */
  feature_size: number;
  /** In Hz. */
  sampling_rate: number;
  hop_length: number;
  n_fft: number;
  /** Seconds of one window. */
  chunk_length: number;
  /** The sample that fills a window after the end of a recording. */
  padding_value: number;
};

/** How a recording becomes features; `front_end` says whose. */
export type AudioPreprocessing = WhisperPreprocessing;

// Defaults are those of transformers' WhisperFeatureExtractor, bounds those of `whisperSettings`.
export const audioPreprocessingSchema: z.ZodType<AudioPreprocessing> = z.strictObject({
  front_end: z.literal("whisper"),
  feature_size: z.int().min(1).max(1024).default(80),
  sampling_rate: z.int().min(1).max(768_000).default(16_000),
  hop_length: z.int().min(1).max(65_536).default(160),
  n_fft: z.int().min(4).max(65_536).default(400),
  chunk_length: z.int().min(1).max(3600).default(30),
  padding_value: z.number().min(-1).max(1).default(0),
});

/**
 * What a spec says of its recordings.
 * @throws ModelError `model_spec_invalid` where it says nothing, or what no recording is prepared by
 */
export function audioPreprocessing(spec: Pick<ModelSpec, "model_name" | "preprocessing">): AudioPreprocessing {
  return partOf(spec, "audio", audioPreprocessingSchema);
}
