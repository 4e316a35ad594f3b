import { describeIssues, ModelError, plainWords } from "@menagerie/core";
import { z } from "zod";

/**
 * How a text is generated, under the names of `generation_config.json`; what each one does is what
 * `transformers.GenerationConfig` says of it. Left-out fields have that class's defaults.
 */
export interface GenerationConfig {
  /** Longest sequence in tokens, the prompt included. Not used where `max_new_tokens` is given. */
  max_length: number;
  max_new_tokens?: number | undefined;
  min_length: number;
  min_new_tokens: number;
  eos_token_id: readonly number[];
  pad_token_id?: number | undefined;
  bos_token_id?: number | undefined;
  decoder_start_token_id?: number | undefined;
  forced_bos_token_id?: number | undefined;
  forced_eos_token_id: readonly number[];
  /** Ids that never come. */
  suppress_tokens: readonly number[];
  /** Ids that do not come first. */
  begin_suppress_tokens: readonly number[];
  bad_words_ids: readonly (readonly number[])[];
  /** No run of this many tokens comes twice; 0 switches it off. */
  no_repeat_ngram_size: number;
  /** Above 1, tokens that were there already are less likely. */
  repetition_penalty: number;
  num_beams: number;
  /** How many of the finished beams are returned, best first. */
  num_return_sequences: number;
  /** `true`: done with `num_beams` finished ones. `false`: done when the best running one is unlikely to beat them. `"never"`: when it cannot. */
  early_stopping: boolean | "never";
  /** A finished beam's log probability is divided by its length to this power. */
  length_penalty: number;
  do_sample: boolean;
  /** Same seed, same answer; 0..2^32-1. Draws are not those of torch, whose generator depends on the machine. */
  seed: number;
  temperature: number;
  /** Draw from so many of the likeliest; 0 for all. */
  top_k: number;
  top_p: number;
  min_p: number;
  typical_p: number;
  /** The text ends with the token that completes one of these. */
  stop_strings: readonly string[];
}

const id = z.int().nonnegative();
const ids = z
  .union([id.transform((one) => [one]), z.array(id)])
  .nullish()
  .transform((list) => list ?? []);
const optionalId = id.nullish().transform((value) => value ?? undefined);
const count = (fallback: number) =>
  z
    .int()
    .nonnegative()
    .nullish()
    .transform((value) => value ?? fallback);
const within = (low: number, high: number, fallback: number) =>
  z
    .number()
    .min(low)
    .max(high)
    .nullish()
    .transform((value) => value ?? fallback);

/** Reads `generation_config.json`, whose files carry many keys besides these: unknown ones are left alone. */
export const generationConfigSchema: z.ZodType<GenerationConfig> = z
  .object({
    max_length: count(20).pipe(z.number().min(1)),
    max_new_tokens: z
      .int()
      .positive()
      .nullish()
      .transform((value) => value ?? undefined),
    min_length: count(0),
    min_new_tokens: count(0),
    eos_token_id: ids,
    pad_token_id: optionalId,
    bos_token_id: optionalId,
    decoder_start_token_id: optionalId,
    forced_bos_token_id: optionalId,
    forced_eos_token_id: ids,
    suppress_tokens: ids,
    begin_suppress_tokens: ids,
    bad_words_ids: z
      .array(z.array(id).nonempty())
      .nullish()
      .transform((words) => words ?? []),
    no_repeat_ngram_size: count(0),
    repetition_penalty: z
      .number()
      .positive()
      .nullish()
      .transform((value) => value ?? 1),
    num_beams: count(1).pipe(z.number().min(1).max(64)),
    num_return_sequences: count(1).pipe(z.number().min(1)),
    early_stopping: z
      .union([z.boolean(), z.literal("never")])
      .nullish()
      .transform((value) => value ?? false),
    length_penalty: z
      .number()
      .nullish()
      .transform((value) => value ?? 1),
    do_sample: z
      .boolean()
      .nullish()
      .transform((value) => value ?? false),
    seed: z.int().min(0).max(0xffff_ffff).default(0),
    temperature: z
      .number()
      .positive()
      .nullish()
      .transform((value) => value ?? 1),
    top_k: count(50),
    top_p: within(0, 1, 1),
    min_p: within(0, 1, 0),
    typical_p: within(0, 1, 1),
    stop_strings: z
      .union([z.string().min(1), z.array(z.string().min(1))])
      .nullish()
      .transform((value) => (value == null ? [] : typeof value === "string" ? [value] : value)),
  })
  .superRefine((config, context) => {
    const complain = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (config.num_return_sequences > config.num_beams)
      complain("num_return_sequences", `is ${config.num_return_sequences}, more than the ${config.num_beams} beams`);
    if (config.do_sample && config.num_beams > 1) complain("do_sample", "draws one sequence: num_beams must be 1");
  });

/**
 * A checkpoint's own configuration with a caller's changes on top of it.
 * @throws `input_invalid` naming the fields
 */
export function generationConfig(...layers: readonly Readonly<Record<string, unknown>>[]): GenerationConfig {
  const parsed = generationConfigSchema.safeParse(Object.assign({}, ...layers), { error: plainWords });
  if (parsed.success) return parsed.data;
  const issues = describeIssues(generationConfigSchema, parsed.error);
  throw new ModelError("input_invalid", `The text cannot be generated so: ${issues.join("; ")}.`, {
    details: { issues },
  });
}
