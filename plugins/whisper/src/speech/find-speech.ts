import { ModelError } from "@menagerie/core";
import type { WhisperModel } from "../whisper-model.ts";
import { type SpeechOptions, type SpeechSpan, speechSpans } from "./speech-spans.ts";

/**
 * Where somebody speaks, in the order of time.
 * @param samples mono at 16 kHz
 * @throws `input_invalid` for a model whose spec has no graph that finds speech; `cancelled`
 */
export async function findSpeech(
  { speech, spec: { model_name: name } }: WhisperModel,
  samples: Float32Array,
  options: SpeechOptions,
  signal?: AbortSignal,
): Promise<SpeechSpan[]> {
  if (speech === undefined)
    throw new ModelError(
      "input_invalid",
      `${name} cannot find speech: its spec has no graph "vad". Put a Silero, such as the silero_vad_v6.onnx of the Python package ` +
        "faster-whisper, into the checkpoint's folder and adopt it anew (zoo adopt), or leave vad out.",
      { model: name, details: { graph: "vad" } },
    );
  return speechSpans(await speech.probabilities(samples, signal), samples.length, options);
}
