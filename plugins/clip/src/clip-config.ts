import { z } from "zod";

/** The keys of a CLIP's config.json that its spec follows from. */
export interface ClipConfig {
  model_type: "clip";
  projection_dim: number;
  logit_scale_init_value: number;
  text_config: { max_position_embeddings: number; vocab_size: number; eos_token_id: number };
  vision_config: { image_size: number };
}

const size = z.int().positive();

// Defaults are those of transformers' CLIPConfig: a key that equals its default may be left out of the file.
export const clipConfigSchema: z.ZodType<ClipConfig> = z.object({
  model_type: z.literal("clip"),
  projection_dim: size.default(512),
  logit_scale_init_value: z.number().default(2.6592),
  text_config: z
    .object({
      max_position_embeddings: size.default(77),
      vocab_size: size.default(49_408),
      eos_token_id: z.int().nonnegative().default(49_407),
    })
    .prefault({})
    // OpenAI's own files say 2, from before the key was read; their texts end with the last id of the vocabulary.
    .transform((text) => (text.eos_token_id === 2 ? { ...text, eos_token_id: text.vocab_size - 1 } : text)),
  vision_config: z.object({ image_size: size.default(224) }).prefault({}),
});
