import { z } from "zod";

/** The keys of the text tower's config.json that its spec follows from; a whole CLIP's has them under `text_config`. */
export interface TextConfig {
  max_position_embeddings: number;
  vocab_size: number;
  eos_token_id: number;
}

const size = z.int().positive();

// Defaults are those of transformers' CLIPTextConfig: a key that equals its default may be left out of the file.
const towerSchema = z.object({
  max_position_embeddings: size.default(77),
  vocab_size: size.default(49_408),
  eos_token_id: z.int().nonnegative().default(49_407),
});

export const textConfigSchema: z.ZodType<TextConfig> = z
  .discriminatedUnion("model_type", [
    z.object({ model_type: z.literal("clip"), text_config: towerSchema.prefault({}) }),
    towerSchema.extend({ model_type: z.literal("clip_text_model") }),
  ])
  .transform((config) => {
    const { max_position_embeddings, vocab_size, eos_token_id } = "text_config" in config ? config.text_config : config;
    // OpenAI's own files say 2, from before the key was read; their texts end with the last id of the vocabulary.
    return { max_position_embeddings, vocab_size, eos_token_id: eos_token_id === 2 ? vocab_size - 1 : eos_token_id };
  });
