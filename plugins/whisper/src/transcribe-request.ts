import { ModelError, type TranscribeAudioInput } from "@menagerie/core";
import type { TranscribeRequest } from "./transcribe.ts";

/** What the task's input asks for. @throws `input_invalid` for words without times */
export function requestOf(input: TranscribeAudioInput): TranscribeRequest {
  const { timestamps = true, word_timestamps: words } = input;
  if (words && !timestamps)
    throw new ModelError("input_invalid", "Words are told within segments: word_timestamps needs timestamps.");
  return {
    language: input.language,
    translate: input.translate,
    timestamps,
    words,
    numBeams: input.num_beams,
    maxNewTokens: input.max_new_tokens,
    temperatures: input.temperature,
    compressionRatioThreshold: input.compression_ratio_threshold,
    logprobThreshold: input.logprob_threshold,
    noSpeechThreshold: input.no_speech_threshold,
    seed: input.seed,
    conditionOnPreviousText: input.condition_on_previous_text,
    initialPrompt: input.initial_prompt,
    hotwords: input.hotwords,
    clipTimestamps: input.clip_timestamps,
  };
}
