import { type AudioPreprocessing, audioPreprocessing, type WhisperSettings, whisperSettings } from "@menagerie/audio";
import type { ModelSpec } from "@menagerie/core";
import type { CheckpointFolder } from "@menagerie/core/adopt";
import { z } from "zod";
import type { Refusal } from "./refusal.ts";

/** A checkpoint's feature extractor, and the file that it is read from. */
export interface FeatureExtractor {
  /** Its name; of a spec, the key. */
  readonly file: string;
  readonly settings: WhisperSettings;
  /** The settings as a spec has them. */
  readonly preprocessing: AudioPreprocessing;
}

const ownFile = "preprocessor_config.json";
/** What transformers 5 writes for a processor: the extractor lies under a key of it, and comes before a file of its own. */
const processorFile = "processor_config.json";

const nestedSchema = z.object({ feature_extractor: z.record(z.string(), z.unknown()) });
const processorSchema = nestedSchema.partial();

/** The file of the folder that says how recordings become features. */
export async function featureExtractorFile(folder: CheckpointFolder): Promise<string> {
  const isThere = await folder.has(processorFile);
  const nested = isThere ? (await folder.json(processorFile, processorSchema)).feature_extractor : undefined;
  return nested === undefined ? ownFile : processorFile;
}

/**
 * @param json what that file says
 * @throws what `refuse` makes, for what is not done here; `checkpoint_invalid` of the audio kit
 */
export function featureExtractor(json: unknown, refuse: Refusal): FeatureExtractor {
  const nested = nestedSchema.safeParse(json);
  const [file, values] = nested.success ? [processorFile, nested.data.feature_extractor] : [ownFile, json];
  const {
    dither,
    padding_side: side,
    feature_extractor_type: type,
  } = (values ?? {}) as Readonly<Record<string, unknown>>;
  if (type != null && type !== "WhisperFeatureExtractor")
    throw refuse(file, "feature_extractor_type", `is "${type}", a Whisper's is "WhisperFeatureExtractor"`);
  if (dither != null && dither !== 0)
    throw refuse(
      file,
      "dither",
      `is ${dither}, and noise that differs from call to call is not added here; set it to 0`,
    );
  if (side != null && side !== "right")
    throw refuse(file, "padding_side", `is "${side}", but silence is added after a recording only; set it to "right"`);
  return extractorOf(file, whisperSettings(values));
}

/** What a spec says of how recordings become features. @throws ModelError `model_spec_invalid` */
export function declaredExtractor(spec: ModelSpec): FeatureExtractor {
  return extractorOf("preprocessing.audio", whisperSettings(audioPreprocessing(spec)));
}

function extractorOf(file: string, settings: WhisperSettings): FeatureExtractor {
  const preprocessing: AudioPreprocessing = {
    front_end: "whisper",
    feature_size: settings.featureSize,
    sampling_rate: settings.samplingRate,
    hop_length: settings.hopLength,
    n_fft: settings.fftSize,
    chunk_length: settings.chunkLength,
    padding_value: settings.paddingValue,
  };
  return { file, settings, preprocessing };
}
