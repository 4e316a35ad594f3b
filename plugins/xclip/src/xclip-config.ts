import { type ClipTextConfig, clipTextConfigSchema, withOlderSections } from "@menagerie/text";
import { z } from "zod";

/** The keys of an X-CLIP's config.json that its spec follows from. */
export interface XclipConfig {
  model_type: "xclip";
  projection_dim: number;
  text_config: ClipTextConfig;
  vision_config: { image_size: number; num_frames: number };
}

const size = z.int().positive();

// Defaults are those of transformers' XCLIPConfig: a key that equals its default may be left out of the file.
export const xclipConfigSchema: z.ZodType<XclipConfig> = z.preprocess(
  withOlderSections,
  z.object({
    model_type: z.literal("xclip"),
    projection_dim: size.default(512),
    text_config: clipTextConfigSchema(2),
    vision_config: z.object({ image_size: size.default(224), num_frames: size.max(256).default(8) }).prefault({}),
  }),
);
