import { z } from "zod";

/** The keys of a Florence-2's config.json that its spec follows from. */
export interface FlorenceConfig {
  model_type: "florence2";
  /** The BART inside. */
  text_config: { vocab_size: number; d_model: number; max_position_embeddings: number };
}

const size = z.int().positive();

// Defaults are those of the published configurations, which a file may leave out.
export const florenceConfigSchema: z.ZodType<FlorenceConfig> = z.object({
  model_type: z.literal("florence2"),
  text_config: z.object({
    vocab_size: size.default(51_289),
    d_model: size.default(1024),
    max_position_embeddings: size.default(1024),
  }),
});

/** What of `generation_config.json` is followed; the ids of its special tokens are the tokenizer's. */
export interface FlorenceGeneration {
  num_beams?: number | undefined;
  no_repeat_ngram_size?: number | undefined;
  early_stopping?: boolean | "never" | undefined;
  length_penalty?: number | undefined;
  repetition_penalty?: number | undefined;
  min_length?: number | undefined;
}

const count = z.int().nonnegative().optional();

export const florenceGenerationSchema: z.ZodType<FlorenceGeneration> = z.object({
  num_beams: z.int().min(1).max(64).optional(),
  no_repeat_ngram_size: count,
  early_stopping: z.union([z.boolean(), z.literal("never")]).optional(),
  length_penalty: z.number().optional(),
  repetition_penalty: z.number().positive().optional(),
  min_length: count,
});

/** Ids of the special tokens: what opens and ends a text, fills it up, and where the decoder starts. */
export interface FlorenceTokens {
  bos: number;
  pad: number;
  eos: number;
  decoder_start: number;
}
