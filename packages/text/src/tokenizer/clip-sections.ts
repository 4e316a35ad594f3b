import { z } from "zod";

/** The keys of a CLIP's `text_config` that its texts follow from. */
export interface ClipTextConfig {
  readonly max_position_embeddings: number;
  readonly vocab_size: number;
  /** The id that ends every text; undefined for files from before the key was read. */
  readonly eos_token_id: number | undefined;
}

const size = z.int().positive();

/**
 * `text_config` of a CLIP or X-CLIP. Defaults are those of transformers: a key that equals its default may be left out.
 * @param end the default of `eos_token_id`
 */
export function clipTextConfigSchema(end: number): z.ZodType<ClipTextConfig> {
  return (
    z
      .object({
        max_position_embeddings: size.default(77),
        vocab_size: size.default(49_408),
        eos_token_id: z.int().nonnegative().nullish(),
      })
      .prefault({})
      // OpenAI's own files say 2: their texts are pooled at the largest id, whichever the tokenizer ends them with.
      .transform((text) => {
        const eos = text.eos_token_id === undefined ? end : text.eos_token_id;
        return { ...text, eos_token_id: eos === 2 || eos === null ? undefined : eos };
      })
  );
}

/**
 * A config.json with each section as transformers reads it: old files have `text_config_dict` and `vision_config_dict`, which
 * are the section where they are there.
 */
export function withOlderSections(config: unknown): unknown {
  if (typeof config !== "object" || config === null) return config;
  const entries = Object.entries(config);
  const older = entries.flatMap(([key, value]) => {
    const section = /^(text_config|vision_config)_dict$/.exec(key)?.[1];
    return section === undefined || value === null ? [] : [[section, value] as const];
  });
  // A section may be null where its older form is there.
  return Object.fromEntries([...entries.filter(([key, value]) => value !== null || !/_config$/.test(key)), ...older]);
}
