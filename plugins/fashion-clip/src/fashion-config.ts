import { z } from "zod";

/** The keys of config.json that the spec of a FashionCLIP follows from. */
export interface FashionClipConfig {
  model_type: "clip";
  projection_dim: number;
  logit_scale_init_value: number;
  text_config: { max_position_embeddings: number; vocab_size: number; eos_token_id: number };
  vision_config: { image_size: number };
}

/** The keys of config.json that the spec of a FashionSigLIP follows from. */
export interface FashionSiglipConfig {
  model_type: "siglip";
  text_config: { max_position_embeddings: number; vocab_size: number; pad_token_id: number };
  vision_config: { image_size: number; hidden_size: number };
}

export type FashionConfig = FashionClipConfig | FashionSiglipConfig;

const size = z.int().positive();
const id = z.int().nonnegative();

// Defaults are those of transformers' configurations: a file may leave out a key that equals its default, and Marqo's does.
export const fashionConfigSchema: z.ZodType<FashionConfig> = z.discriminatedUnion("model_type", [
  z.object({
    model_type: z.literal("clip"),
    projection_dim: size.default(512),
    logit_scale_init_value: z.number().default(2.6592),
    text_config: z
      .object({
        max_position_embeddings: size.default(77),
        vocab_size: size.default(49_408),
        eos_token_id: id.default(49_407),
      })
      .prefault({})
      // 2 is from before the key was read: such texts end with the last id of the vocabulary.
      .transform((text) => (text.eos_token_id === 2 ? { ...text, eos_token_id: text.vocab_size - 1 } : text)),
    vision_config: z.object({ image_size: size.default(224) }).prefault({}),
  }),
  z.object({
    model_type: z.literal("siglip"),
    text_config: z
      .object({
        max_position_embeddings: size.default(64),
        vocab_size: size.default(32_000),
        pad_token_id: id.default(1),
      })
      .prefault({}),
    vision_config: z.object({ image_size: size.default(224), hidden_size: size.default(768) }).prefault({}),
  }),
]);
