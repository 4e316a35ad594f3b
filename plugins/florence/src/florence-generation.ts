import { z } from "zod";

/** What of `generation_config.json` is followed, under its names; the ids of special tokens are in `tokens`. */
export interface FlorenceGeneration {
  num_beams?: number | undefined;
  no_repeat_ngram_size?: number | undefined;
  early_stopping?: boolean | "never" | undefined;
  length_penalty?: number | undefined;
  repetition_penalty?: number | undefined;
  min_length?: number | undefined;
  min_new_tokens?: number | undefined;
  /** Most tokens, the decoder's start included; not looked at where `max_new_tokens` is there. */
  max_length?: number | undefined;
  max_new_tokens?: number | undefined;
  suppress_tokens?: number[] | undefined;
  begin_suppress_tokens?: number[] | undefined;
  bad_words_ids?: number[][] | undefined;
  /** All that end a text, where others do besides `</s>`. */
  eos_token_id?: number[] | undefined;
}

const count = z.int().nonnegative().optional();
const ids = z.array(z.int().nonnegative()).optional();
const shape = {
  num_beams: z.int().min(1).max(64).optional(),
  no_repeat_ngram_size: count,
  early_stopping: z.union([z.boolean(), z.literal("never")]).optional(),
  length_penalty: z.number().optional(),
  repetition_penalty: z.number().positive().optional(),
  min_length: count,
  min_new_tokens: count,
  max_length: z.int().min(2).optional(),
  max_new_tokens: z.int().positive().optional(),
  suppress_tokens: ids,
  begin_suppress_tokens: ids,
  bad_words_ids: z.array(z.array(z.int().nonnegative()).nonempty()).optional(),
};

const ends = z.array(z.int().nonnegative()).nonempty().optional();

/** Of a spec: a key that is not followed is a mistake. */
export const florenceGenerationSchema: z.ZodType<FlorenceGeneration> = z.strictObject({ ...shape, eos_token_id: ends });

/** Of a file, which has many keys besides these. `null` says nothing. */
export const generationFileSchema: z.ZodType<FlorenceGeneration> = z.preprocess(withoutNulls, z.object(shape));

function withoutNulls(file: unknown): unknown {
  if (typeof file !== "object" || file === null) return file;
  return Object.fromEntries(Object.entries(file).filter(([, value]) => value !== null));
}

/**
 * Keys of such a file that ask for something which is not done here: neither followed, nor switched off by their value, nor
 * about anything but the answer's ids.
 */
export function unfollowedKeys(file: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(file)
    .filter(([key, value]) => value !== null && !(key in shape) && !aside.test(key) && value !== off[key])
    .filter(([, value]) => !(Array.isArray(value) && value.length === 0))
    .map(([key]) => key);
}

// Ids, which are read by themselves; where and how it is computed and given back; and what matters only to drawing.
const aside =
  /^(_.*|(forced_)?[be]os_token_id|pad_token_id|decoder_start_token_id|transformers_version|output_.*|use_cache|cache_.*|return_.*|.*compile.*|temperature|top_[kph]|min_p|typical_p|e(psilon|ta)_cutoff|is_assistant|num_assistant_.*|assistant_.*|prompt_lookup_.*|max_matching_ngram_size|prefill_chunk_size|token_healing|low_memory|max_time)$/;

/** Values by which a key asks for nothing. */
const off: Readonly<Record<string, unknown>> = {
  do_sample: false,
  num_return_sequences: 1,
  num_beam_groups: 1,
  diversity_penalty: 0,
  encoder_repetition_penalty: 1,
  encoder_no_repeat_ngram_size: 0,
  guidance_scale: 1,
  remove_invalid_values: false,
  renormalize_logits: false,
};
