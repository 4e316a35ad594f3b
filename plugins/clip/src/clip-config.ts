import { type ClipTextConfig, clipTextConfigSchema, withOlderSections } from "@menagerie/text";
import { z } from "zod";

/** The keys of a CLIP's config.json that its spec follows from. */
export interface ClipConfig {
  model_type: "clip";
  projection_dim: number;
  logit_scale_init_value: number;
  text_config: ClipTextConfig;
  vision_config: { image_size: number };
}

const size = z.int().positive();

// Defaults are those of transformers' CLIPConfig: a key that equals its default may be left out of the file.
export const clipConfigSchema: z.ZodType<ClipConfig> = z.preprocess(
  (value) => withOlderSections(withSections(value)),
  z.object({
    model_type: z.literal("clip"),
    projection_dim: size.default(512),
    logit_scale_init_value: z.number().default(2.6592),
    text_config: clipTextConfigSchema(49_407),
    vision_config: z.object({ image_size: size.default(224) }).prefault({}),
  }),
);

/** One tower's own config.json has the keys of its section at the top. */
function withSections(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const tower = value as { readonly model_type?: unknown; readonly projection_dim?: unknown };
  const section = { clip_vision_model: "vision_config", clip_text_model: "text_config" }[String(tower.model_type)];
  if (section === undefined) return value;
  return { model_type: "clip", projection_dim: tower.projection_dim, [section]: value };
}
