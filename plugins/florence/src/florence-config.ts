import { z } from "zod";

/** The keys of a Florence-2's config.json that its spec follows from. */
export interface FlorenceConfig {
  model_type: "florence2";
  /** What stands for a picture in transformers' own form of a question. */
  image_token_id?: number | undefined;
  /** The BART inside. */
  text_config: FlorenceTextConfig;
}

export interface FlorenceTextConfig {
  /** `florence2_language` where the checkpoint comes with code of its own, `bart` where transformers has the code. */
  model_type?: string | undefined;
  vocab_size: number;
  d_model: number;
  max_position_embeddings: number;
  decoder_layers?: number | undefined;
  decoder_attention_heads?: number | undefined;
  /** Among others those of a generation_config.json, as the checkpoints with code of their own have them. */
  readonly [key: string]: unknown;
}

const size = z.int().positive();

// Defaults are those of the published configurations, which a file may leave out.
export const florenceConfigSchema: z.ZodType<FlorenceConfig> = z.object({
  model_type: z.literal("florence2"),
  image_token_id: z.int().nonnegative().optional(),
  text_config: z.looseObject({
    model_type: z.string().optional(),
    vocab_size: size.default(51_289),
    d_model: size.default(1024),
    max_position_embeddings: size.default(1024),
    decoder_layers: size.optional(),
    decoder_attention_heads: size.optional(),
  }),
});

/** Ids of the special tokens: what opens and ends a text, fills it up, and where the decoder starts. */
export interface FlorenceTokens {
  bos: number;
  pad: number;
  eos: number;
  decoder_start: number;
  /** What every answer begins with; default: whatever is likeliest. */
  forced_bos?: number | undefined;
  /** What an answer that reaches its greatest length ends with. */
  forced_eos?: number | undefined;
}
