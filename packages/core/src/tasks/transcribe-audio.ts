import { z } from "zod";
import { maxNewTokens, numBeams } from "./generation-fields.ts";
import { audioBytes } from "./media-bytes.ts";
import type { Task } from "./task.ts";

export interface TranscribeAudioInput {
  /** The recording. */
  audio: Uint8Array;
  /** Language that is spoken, as a code (en) or a name (english); default: detected. */
  language?: string | undefined;
  /** Write it down in English, whatever is spoken; default: as the checkpoint does it. */
  translate?: boolean | undefined;
  /** Say when each segment was spoken. */
  timestamps?: boolean | undefined;
  /** Say when each word was spoken; needs a model exported with attentions. */
  word_timestamps?: boolean | undefined;
  /** How many texts are followed side by side; default: the model's own number. */
  num_beams?: number | undefined;
  /** Most tokens of each window of the recording; default: what the model can hold. */
  max_new_tokens?: number | undefined;
  /**
   * Temperatures, each tried where the text of the one before misses a threshold: 0,0.2,0.4,0.6,0.8,1 in
   * openai/whisper; default 0 alone.
   */
  temperature?: number[] | undefined;
  /**
   * The next temperature is tried where a text's compression ratio is above this; default 2.4 with several
   * temperatures.
   */
  compression_ratio_threshold?: number | undefined;
  /**
   * The next temperature is tried where a text's mean log probability is below this; default -1 with several
   * temperatures.
   */
  logprob_threshold?: number | undefined;
  /**
   * Windows are silent whose no_speech_prob is above this and whose text misses the log probability's threshold;
   * default 0.6 with several temperatures.
   */
  no_speech_threshold?: number | undefined;
  /** Same seed, same draws at temperatures above 0; default 0. */
  seed?: number | undefined;
  /** Show each window the text of the windows before it. */
  condition_on_previous_text?: boolean | undefined;
  /** Text that the first window is shown as if it came before: names and words to expect, a style to keep. */
  initial_prompt?: string | undefined;
  /** Words to expect that every window is shown. */
  hotwords?: string | undefined;
  /** Parts to hear: start,end,start,end,… in seconds; the last end may be left out. */
  clip_timestamps?: number[] | undefined;
  /** Find speech first, and hear that alone; needs a model whose spec has a graph for it. */
  vad?: boolean | undefined;
  /** What is at least so likely is speech; default 0.5. */
  vad_threshold?: number | undefined;
  /** Speech ends where it is less likely than this; default: 0.15 below vad_threshold. */
  vad_neg_threshold?: number | undefined;
  /** Speech that is no longer is not heard, in ms; default 0. */
  vad_min_speech_ms?: number | undefined;
  /** Longer speech is cut, in seconds; default: none is. */
  vad_max_speech_s?: number | undefined;
  /** Shorter silences are heard with the speech, in ms; default 2000. */
  vad_min_silence_ms?: number | undefined;
  /** Heard before and after speech, in ms; default 400. */
  vad_speech_pad_ms?: number | undefined;
  /**
   * Hear chunks of so many seconds by themselves, and join them: faster, and less exact; default: one window after the
   * other.
   */
  chunk_length_s?: number | undefined;
  /** Seconds of a chunk that its neighbours hear too: left,right, or one for both; default: a sixth of it. */
  stride_length_s?: number[] | undefined;
  /** Chunks that are heard side by side; default 1. */
  batch_size?: number | undefined;
}

/** A word and the punctuation at it, with the space before it if there is one. Times in seconds from the start of the recording. */
export interface TranscribedWord {
  word: string;
  start: number;
  end: number;
  /** Mean probability of its tokens, 0 to 1. */
  probability: number;
}

/**
 * What was said between two moments. Its figures have the names and the arithmetic of openai/whisper's `transcribe`; they
 * are of the whole window that the segment was heard in, and models that know none leave them out.
 */
export interface TranscribedSegment {
  /** Seconds from the start of the recording, never beyond its end. */
  start: number;
  end: number;
  text: string;
  /** Sum of the log probabilities of the window's tokens, its end included, divided by their number plus 1. */
  avg_logprob?: number | undefined;
  /** Probability of the token for "no speech" right after the token that starts a transcript, 0 to 1. */
  no_speech_prob?: number | undefined;
  /** Bytes of the window's text divided by the bytes that zlib makes of it: above 2.4 it repeats itself. */
  compression_ratio?: number | undefined;
  /** What the text was drawn with; 0 is the likeliest text, or the best of the beams. */
  temperature?: number | undefined;
  /** In the order of time; where `word_timestamps` was asked for. */
  words?: TranscribedWord[] | undefined;
}

export interface TranscribeAudioOutput {
  text: string;
  /** Code of the language that is spoken, such as `en`; left out by models that know one language only. */
  language?: string | undefined;
  /** Its probability among the model's languages, 0 to 1; left out where it was not detected. */
  language_probability?: number | undefined;
  /** In the order of time; empty where timestamps were not wanted. */
  segments: TranscribedSegment[];
  /** Where somebody speaks, in the order of time; where `vad` was asked for. The rest was not heard. */
  speech?: SpokenSpan[] | undefined;
}

/** In seconds from the start of the recording. Found in samples of the model's rate, the last of which may reach beyond the recording's end. */
export interface SpokenSpan {
  start: number;
  end: number;
}

/** What was heard next: a segment as the answer has it, or a piece of the text where no times are wanted. */
export interface TranscribeAudioPart {
  text: string;
  /** Seconds from the start of the recording; of segments only. */
  start?: number | undefined;
  end?: number | undefined;
  /** Where `word_timestamps` was asked for. */
  words?: TranscribedWord[] | undefined;
}

const seconds = z.number().nonnegative();
const probability = z.number().min(0).max(1);
const milliseconds = z.number().min(0).max(3_600_000);

/** Scores are divided by it: much less than this, and they are beyond what float32 holds. */
const temperature = z
  .number()
  .min(0)
  .max(2)
  .refine((value) => value === 0 || value >= 0.001, "must be 0, or from 0.001 to 2");

const words = z
  .array(z.strictObject({ word: z.string(), start: seconds, end: seconds, probability }))
  .optional()
  .describe("Words with start and end in seconds; where word_timestamps was asked for");

const segment = z.strictObject({
  start: seconds,
  end: seconds,
  text: z.string(),
  avg_logprob: z.number().optional().describe("Mean log probability of the tokens of the window it was heard in"),
  no_speech_prob: probability.optional().describe("Probability that nobody speaks in that window"),
  compression_ratio: z.number().nonnegative().optional().describe("Of that window's text; above 2.4 it repeats itself"),
  temperature: z
    .number()
    .nonnegative()
    .optional()
    .describe("What that window's text was drawn with; 0 is the likeliest"),
  words,
});

/** A field of the input that is left out more often than not. */
function described<Schema extends z.ZodType>(schema: Schema, description: string): z.ZodOptional<Schema> {
  return schema.optional().meta({ description });
}

export const transcribeAudio: Task<
  "transcribe-audio",
  TranscribeAudioInput,
  TranscribeAudioOutput,
  TranscribeAudioPart
> = {
  name: "transcribe-audio",
  summary: "What is said in a recording, and when",
  input: z.strictObject({
    audio: audioBytes().meta({ description: "The recording", positional: true }),
    language: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: "Language that is spoken, as a code (en) or a name (english); default: detected" }),
    translate: z
      .boolean()
      .optional()
      .meta({ description: "Write it down in English, whatever is spoken; default: as the checkpoint does it" }),
    timestamps: z.boolean().default(true).meta({ description: "Say when each segment was spoken" }),
    word_timestamps: z
      .boolean()
      .default(false)
      .meta({ description: "Say when each word was spoken; needs a model exported with attentions" }),
    num_beams: numBeams,
    max_new_tokens: maxNewTokens("each window of the recording"),
    temperature: described(
      z.array(temperature).min(1).max(16),
      "Temperatures, each tried where the text of the one before misses a threshold: 0,0.2,0.4,0.6,0.8,1 in openai/whisper; default 0 alone",
    ),
    compression_ratio_threshold: described(
      z.number().positive(),
      "The next temperature is tried where a text's compression ratio is above this; default 2.4 with several temperatures",
    ),
    logprob_threshold: described(
      z.number().max(0),
      "The next temperature is tried where a text's mean log probability is below this; default -1 with several temperatures",
    ),
    no_speech_threshold: described(
      probability,
      "Windows are silent whose no_speech_prob is above this and whose text misses the log probability's threshold; default 0.6 with several temperatures",
    ),
    seed: described(z.int().min(0).max(0xffff_ffff), "Same seed, same draws at temperatures above 0; default 0"),
    condition_on_previous_text: z
      .boolean()
      .default(false)
      .meta({ description: "Show each window the text of the windows before it" }),
    initial_prompt: described(
      z.string().max(10_000),
      "Text that the first window is shown as if it came before: names and words to expect, a style to keep",
    ),
    hotwords: described(z.string().max(10_000), "Words to expect that every window is shown"),
    clip_timestamps: described(
      z.array(seconds).min(1).max(1000),
      "Parts to hear: start,end,start,end,… in seconds; the last end may be left out",
    ),
    vad: z
      .boolean()
      .default(false)
      .meta({ description: "Find speech first, and hear that alone; needs a model whose spec has a graph for it" }),
    vad_threshold: described(probability, "What is at least so likely is speech; default 0.5"),
    vad_neg_threshold: described(
      probability,
      "Speech ends where it is less likely than this; default: 0.15 below vad_threshold",
    ),
    vad_min_speech_ms: described(milliseconds, "Speech that is no longer is not heard, in ms; default 0"),
    vad_max_speech_s: described(
      z.number().positive().max(86_400),
      "Longer speech is cut, in seconds; default: none is",
    ),
    vad_min_silence_ms: described(milliseconds, "Shorter silences are heard with the speech, in ms; default 2000"),
    vad_speech_pad_ms: described(milliseconds, "Heard before and after speech, in ms; default 400"),
    chunk_length_s: described(
      z.number().positive().max(3600),
      "Hear chunks of so many seconds by themselves, several side by side, and join their texts; default: one window after the other",
    ),
    stride_length_s: described(
      z.array(seconds).min(1).max(2),
      "Seconds of a chunk that its neighbours hear too: left,right, or one for both; default: a sixth of it",
    ),
    batch_size: described(z.int().min(1).max(64), "Chunks that are heard side by side; default 1"),
  }),
  output: z.strictObject({
    text: z.string(),
    language: z.string().optional().describe("Code of the language that is spoken"),
    language_probability: probability.optional().describe("Of that language, where it was detected"),
    segments: z.array(segment).describe("Start and end in seconds"),
    speech: z
      .array(z.strictObject({ start: seconds, end: seconds }))
      .optional()
      .describe("Where somebody speaks, in seconds; where vad was asked for"),
  }),
  part: z.strictObject({ text: z.string(), start: seconds.optional(), end: seconds.optional(), words }),
};
