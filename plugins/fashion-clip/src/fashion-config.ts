import { type ClipTextConfig, clipTextConfigSchema, withOlderSections } from "@menagerie/text";
import { z } from "zod";

/** The keys of config.json that the spec of a FashionCLIP follows from. */
export interface FashionClipConfig {
  model_type: "clip";
  projection_dim: number;
  logit_scale_init_value: number;
  text_config: ClipTextConfig;
  vision_config: { image_size: number };
}

/**
 * The keys of config.json that the spec of a FashionSigLIP follows from. Marqo's own has neither section: what they would
 * say is in open_clip's configuration.
 */
export interface FashionSiglipConfig {
  model_type: "siglip";
  text_config?:
    | {
        max_position_embeddings: number;
        vocab_size: number;
        pad_token_id: number;
      }
    | undefined;
  vision_config?: { image_size: number; hidden_size: number } | undefined;
}

export type FashionConfig = FashionClipConfig | FashionSiglipConfig;

const size = z.int().positive();

// Defaults are those of transformers' configurations: a section may leave out a key that equals its default.
export const fashionConfigSchema: z.ZodType<FashionConfig> = z.preprocess(
  withOlderSections,
  z.discriminatedUnion("model_type", [
    z.object({
      model_type: z.literal("clip"),
      projection_dim: size.default(512),
      logit_scale_init_value: z.number().default(2.6592),
      text_config: clipTextConfigSchema(49_407),
      vision_config: z.object({ image_size: size.default(224) }).prefault({}),
    }),
    z.object({
      model_type: z.literal("siglip"),
      text_config: z
        .object({
          max_position_embeddings: size.default(64),
          vocab_size: size.default(32_000),
          pad_token_id: z.int().nonnegative().default(1),
        })
        .optional(),
      vision_config: z.object({ image_size: size.default(224), hidden_size: size.default(768) }).optional(),
    }),
  ]),
);
