import { z } from "zod";

/** Where a Whisper's special tokens lie, as its generation_config.json says. */
export interface TokenLayout {
  readonly startOfTranscript: number;
  readonly endOfText: number;
  /** The ids from the next one on are times, `secondsPerTimestamp` apart, from 0. */
  readonly noTimestamps: number;
  /** Its probability after the start is that of nobody speaking. */
  readonly noSpeech: number;
  /** Opens the text that came before. */
  readonly startOfPrevious: number;
  /** Layers and heads of the decoder whose attention follows the words; undefined where the checkpoint does not say. */
  readonly alignmentHeads: readonly (readonly [layer: number, head: number])[] | undefined;
  /** False for models of English alone, which take neither a language nor a task. */
  readonly isMultilingual: boolean;
  /** Ids of languages by their code, such as `en`. */
  readonly languages: ReadonlyMap<string, number>;
  readonly tasks: { readonly transcribe: number; readonly translate: number } | undefined;
  /**
   * Ids that follow the start where nobody asks for a language or a task; undefined is a language to be detected. Where
   * the whole list is undefined, config.json may have one.
   */
  readonly forced: readonly (number | undefined)[] | undefined;
  /** Largest time that a text may begin with, counted in timestamps. */
  readonly maxInitialTimestamp: number | undefined;
  /** What a fine-tuned checkpoint is asked unless said otherwise. */
  readonly language: string | undefined;
  readonly task: "transcribe" | "translate" | undefined;
}

/** Code of the language among the ids that open a text. */
export function languageIn({ languages }: TokenLayout, opening: readonly number[]): string | undefined {
  return [...languages].find(([, id]) => opening.includes(id))?.[0];
}

/** Time between two timestamp tokens in seconds, in every Whisper. */
export const secondsPerTimestamp = 0.02;

const id = z.int().nonnegative();

/** Positions and ids, from the first after the start on. Ids that do not begin there are not used, as in transformers. */
export const forcedIdsSchema: z.ZodType<TokenLayout["forced"]> = z
  .array(z.tuple([z.int().positive(), id.nullable()]))
  .refine((forced) => forced[0]?.[0] !== 1 || forced.every(([position], i) => position === i + 1), {
    message: "must count positions from 1 on",
  })
  .nullish()
  .transform((forced) =>
    forced == null ? undefined : forced[0]?.[0] === 1 ? forced.map(([, at]) => at ?? undefined) : [],
  );

export const tokenLayoutSchema: z.ZodType<TokenLayout> = z
  .object({
    decoder_start_token_id: id,
    eos_token_id: z.union([id, z.array(id).nonempty()]).transform((ends) => [ends].flat()[0] as number),
    no_timestamps_token_id: id,
    prev_sot_token_id: id.nullish(),
    alignment_heads: z
      .array(z.tuple([id, id]))
      .nonempty()
      .nullish(),
    is_multilingual: z.boolean().optional(),
    lang_to_id: z.record(z.string().regex(/^<\|.+\|>$/, "must have languages as <|en|>"), id).nullish(),
    task_to_id: z.object({ transcribe: id, translate: id }).nullish(),
    forced_decoder_ids: forcedIdsSchema,
    max_initial_timestamp_index: id.nullish(),
    language: z.string().nullish(),
    task: z.enum(["transcribe", "translate"]).nullish(),
  })
  .transform((config) => ({
    startOfTranscript: config.decoder_start_token_id,
    endOfText: config.eos_token_id,
    noTimestamps: config.no_timestamps_token_id,
    // In every Whisper's vocabulary the two stand right before it, in this order.
    noSpeech: config.no_timestamps_token_id - 1,
    startOfPrevious: config.prev_sot_token_id ?? config.no_timestamps_token_id - 2,
    alignmentHeads: config.alignment_heads ?? undefined,
    // transformers refuses languages only where the key is there and false.
    isMultilingual: config.is_multilingual ?? config.lang_to_id != null,
    languages: new Map(Object.entries(config.lang_to_id ?? {}).map(([token, at]) => [token.slice(2, -2), at])),
    tasks: config.task_to_id ?? undefined,
    forced: config.forced_decoder_ids,
    maxInitialTimestamp: config.max_initial_timestamp_index ?? undefined,
    language: config.language ?? undefined,
    task: config.task ?? undefined,
  }));
