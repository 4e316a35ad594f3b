import { ModelError, type TranscribeAudioInput } from "@menagerie/core";
import type { SpeechOptions } from "./speech-spans.ts";

/**
 * How speech is to be found; undefined where all is heard.
 * @throws `input_invalid` for what says how and not that it is to be found, and for parts that are given besides
 */
export function speechOptionsOf(input: TranscribeAudioInput): SpeechOptions | undefined {
  const how = {
    vad_threshold: input.vad_threshold,
    vad_neg_threshold: input.vad_neg_threshold,
    vad_min_speech_ms: input.vad_min_speech_ms,
    vad_max_speech_s: input.vad_max_speech_s,
    vad_min_silence_ms: input.vad_min_silence_ms,
    vad_speech_pad_ms: input.vad_speech_pad_ms,
  };
  if (!input.vad) {
    const given = Object.entries(how).find(([, value]) => value !== undefined)?.[0];
    if (given === undefined) return undefined;
    throw new ModelError("input_invalid", `${given} says how speech is found: it needs vad.`, {
      details: { field: given },
    });
  }
  if (input.clip_timestamps !== undefined)
    throw new ModelError("input_invalid", "clip_timestamps and vad both say what is heard. Leave one of them out.");
  return {
    threshold: how.vad_threshold,
    negThreshold: how.vad_neg_threshold,
    minSpeechMs: how.vad_min_speech_ms,
    maxSpeechSeconds: how.vad_max_speech_s,
    minSilenceMs: how.vad_min_silence_ms,
    speechPadMs: how.vad_speech_pad_ms,
  };
}
