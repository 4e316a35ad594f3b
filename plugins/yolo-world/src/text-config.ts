import { type ClipTextConfig, clipTextConfigSchema, withOlderSections } from "@menagerie/text";
import { z } from "zod";

/** What a checkpoint says of its text tower. */
export interface TextConfig extends ClipTextConfig {
  /** The key of config.json that says how many ids it knows. */
  readonly vocabularyKey: string;
}

const texts = clipTextConfigSchema(49_407);

/** The text tower's config.json, or a whole CLIP's, which has the same keys under `text_config`. */
export const textConfigSchema: z.ZodType<TextConfig> = z.preprocess(
  withOlderSections,
  z.discriminatedUnion("model_type", [
    z
      .object({ model_type: z.literal("clip"), text_config: texts })
      .transform(({ text_config }) => ({ ...text_config, vocabularyKey: "text_config.vocab_size" })),
    z
      .looseObject({ model_type: z.literal("clip_text_model") })
      .transform((config): unknown => config)
      .pipe(texts)
      .transform((config) => ({ ...config, vocabularyKey: "vocab_size" })),
  ]),
);
