import { z } from "zod";
import { maxNewTokens, numBeams } from "./generation-fields.ts";
import type { Task } from "./task.ts";
import { audioBytes } from "./task-field.ts";

export interface TranscribeAudioInput {
  audio: Uint8Array;
  language?: string | undefined;
  translate?: boolean | undefined;
  timestamps?: boolean | undefined;
  num_beams?: number | undefined;
  max_new_tokens?: number | undefined;
}

/** What was said between two moments. */
export interface TranscribedSegment {
  /** Seconds from the start of the recording. */
  start: number;
  end: number;
  text: string;
}

export interface TranscribeAudioOutput {
  text: string;
  /** Code of the language that is spoken, such as `en`; left out by models that know one language only. */
  language?: string | undefined;
  /** In the order of time; empty where timestamps were not wanted. */
  segments: TranscribedSegment[];
}

/** What was heard next: a segment as the answer has it, or a piece of the text where no times are wanted. */
export interface TranscribeAudioPart {
  text: string;
  /** Seconds from the start of the recording; of segments only. */
  start?: number | undefined;
  end?: number | undefined;
}

const seconds = z.number().nonnegative();

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
      .meta({ description: "Language that is spoken, as a code (en) or a name (english); detected where left out" }),
    translate: z
      .boolean()
      .optional()
      .meta({ description: "Write it down in English, whatever is spoken; as the checkpoint does it where left out" }),
    timestamps: z.boolean().default(true).meta({ description: "Say when each segment was spoken" }),
    num_beams: numBeams,
    max_new_tokens: maxNewTokens("each window of the recording"),
  }),
  output: z.strictObject({
    text: z.string(),
    language: z.string().optional().describe("Code of the language that is spoken"),
    segments: z
      .array(z.strictObject({ start: seconds, end: seconds, text: z.string() }))
      .describe("Start and end in seconds"),
  }),
  part: z.strictObject({ text: z.string(), start: seconds.optional(), end: seconds.optional() }),
};
