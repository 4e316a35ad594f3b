import type { WhisperSettings } from "@menagerie/audio";
import { describeIssues, plainWords } from "@menagerie/core";
import { type GenerationConfig, generationConfigSchema } from "@menagerie/text";
import { z } from "zod";
import type { FeatureExtractor } from "./feature-extractor.ts";
import type { Refusal } from "./refusal.ts";
import { forcedIdsSchema, type TokenLayout, tokenLayoutSchema } from "./token-layout.ts";

/** The files of a checkpoint, besides graphs and tokenizer, that say how it is asked. */
export const sidecars = ["config", "generation_config"] as const;
export type Sidecar = (typeof sidecars)[number];

/** The keys of a Whisper's config.json that are used here. */
export interface WhisperConfig {
  model_type: "whisper";
  vocab_size: number;
  num_mel_bins: number;
  /** Positions of the encoder's output, two frames of features each. */
  max_source_positions: number;
  /** Longest text in tokens, those that open it included. */
  max_target_positions: number;
  /** Sizes of the states that pass between the graphs. */
  d_model: number;
  decoder_layers: number;
  decoder_attention_heads: number;
  /** Taken where generation_config.json has none. */
  forced_decoder_ids?: TokenLayout["forced"] | undefined;
}

export interface WhisperFiles {
  readonly config: WhisperConfig;
  readonly generation: GenerationConfig;
  readonly layout: TokenLayout;
  readonly settings: WhisperSettings;
  /** The file that the settings are from. */
  readonly extractorFile: string;
  /** What generation_config.json asks for and is not followed here. */
  readonly ignored: readonly string[];
}

/** Keys that transformers follows and this does not, with the values that ask for nothing. */
const notFollowed: Readonly<Record<string, unknown>> = {
  compression_ratio_threshold: undefined,
  logprob_threshold: undefined,
  no_speech_threshold: undefined,
  condition_on_prev_tokens: false,
  num_beam_groups: 1,
  diversity_penalty: 0,
  exponential_decay_length_penalty: undefined,
  sequence_bias: undefined,
  encoder_repetition_penalty: 1,
  encoder_no_repeat_ngram_size: 0,
  guidance_scale: 1,
  penalty_alpha: undefined,
  force_words_ids: undefined,
  constraints: undefined,
  renormalize_logits: false,
};

/** Frames of features that become one position of the encoder's output: the strides of its two convolutions. */
export const framesPerPosition = 2;

const size = z.int().positive();
// Defaults are those of transformers' WhisperConfig: a key that equals its default may be left out of the file.
const configSchema: z.ZodType<WhisperConfig> = z.object({
  model_type: z.literal("whisper"),
  vocab_size: size.default(51_865),
  num_mel_bins: size.default(80),
  max_source_positions: size.default(1500),
  max_target_positions: size.default(448),
  d_model: size.default(384),
  decoder_layers: size.default(4),
  decoder_attention_heads: size.default(6),
  forced_decoder_ids: forcedIdsSchema,
});

/** @throws what `refuse` makes */
export function whisperFiles(
  json: Readonly<Record<Sidecar, unknown>>,
  extractor: FeatureExtractor,
  refuse: Refusal,
): WhisperFiles {
  const parsed = <T>(name: Sidecar, schema: z.ZodType<T>): T => {
    const result = schema.safeParse(json[name], { error: plainWords });
    if (result.success) return result.data;
    const key = result.error.issues[0]?.path.map(String).join(".") ?? "";
    throw refuse(`${name}.json`, key, describeIssues(schema, result.error).join("; "));
  };
  const generation = json.generation_config as Readonly<Record<string, unknown>>;
  const config = parsed("config", configSchema);
  const layout = parsed("generation_config", tokenLayoutSchema);
  const files = {
    config,
    generation: parsed("generation_config", generationConfigSchema),
    layout: { ...layout, forced: layout.forced ?? config.forced_decoder_ids ?? [] },
    settings: extractor.settings,
    extractorFile: extractor.file,
    ignored: Object.keys(notFollowed).filter((key) => generation[key] != null && generation[key] !== notFollowed[key]),
  };
  checkFit(files, refuse);
  return files;
}

function checkFit({ config, layout, settings, extractorFile }: WhisperFiles, refuse: Refusal): void {
  if (settings.featureSize !== config.num_mel_bins) {
    const problem = `is ${settings.featureSize}, but the encoder takes ${config.num_mel_bins} mels (config.json, num_mel_bins)`;
    throw refuse(extractorFile, "feature_size", problem);
  }
  const frames = Math.floor((settings.chunkLength * settings.samplingRate) / settings.hopLength);
  const expected = framesPerPosition * config.max_source_positions;
  if (frames !== expected) {
    const problem = `gives ${frames} frames, but the encoder takes ${expected} (config.json, max_source_positions ${config.max_source_positions})`;
    throw refuse(extractorFile, "chunk_length", problem);
  }
  const last = config.vocab_size - 1;
  const ids = [
    layout.startOfTranscript,
    layout.endOfText,
    layout.noTimestamps + 1,
    ...layout.languages.values(),
    ...Object.values(layout.tasks ?? {}),
    ...(layout.forced ?? []),
  ];
  const surplus = ids.find((id) => id !== undefined && id > last);
  if (surplus !== undefined)
    throw refuse("generation_config.json", "", `names the id ${surplus}, but the decoder's ids end with ${last}`);
}
