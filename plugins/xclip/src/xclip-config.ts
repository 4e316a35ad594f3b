import { z } from "zod";

/** The keys of an X-CLIP's config.json that its spec follows from. */
export interface XclipConfig {
  model_type: "xclip";
  projection_dim: number;
  text_config: { max_position_embeddings: number; vocab_size: number; eos_token_id: number };
  vision_config: { image_size: number; num_frames: number };
}

const size = z.int().positive();

// Defaults are those of transformers' XCLIPConfig: a key that equals its default may be left out of the file.
export const xclipConfigSchema: z.ZodType<XclipConfig> = z.object({
  model_type: z.literal("xclip"),
  projection_dim: size.default(512),
  text_config: z
    .object({
      max_position_embeddings: size.default(77),
      vocab_size: size.default(49_408),
      eos_token_id: z.int().nonnegative().default(2),
    })
    .prefault({})
    // 2 is from before the key was read: such texts are pooled at their largest id, which is the last of the vocabulary.
    .transform((text) => (text.eos_token_id === 2 ? { ...text, eos_token_id: text.vocab_size - 1 } : text)),
  vision_config: z.object({ image_size: size.default(224), num_frames: size.max(256).default(8) }).prefault({}),
});
