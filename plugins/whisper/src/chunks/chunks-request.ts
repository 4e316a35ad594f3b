import { ModelError, type ModelSpec, type TranscribeAudioInput } from "@menagerie/core";
import type { ChunksRequest } from "./transcribe-chunks.ts";

/** What belongs to windows that are heard one after the other. */
const ofWindows = [
  "word_timestamps",
  "compression_ratio_threshold",
  "logprob_threshold",
  "no_speech_threshold",
  "seed",
  "condition_on_previous_text",
  "initial_prompt",
  "hotwords",
  "clip_timestamps",
] as const;

/**
 * What is asked of a recording that is heard in chunks; undefined where it is heard window by window.
 * @throws `input_invalid` for what goes with windows or with chunks alone, and for more chunks at a time than the spec allows
 */
export function chunksRequestOf(input: TranscribeAudioInput, spec: ModelSpec): ChunksRequest | undefined {
  const { chunk_length_s: length, stride_length_s: stride, batch_size: batchSize = 1 } = input;
  if (length === undefined) {
    const given = (["stride_length_s", "batch_size"] as const).find((field) => input[field] !== undefined);
    if (given !== undefined) throw refusal(given, `${given} is about chunks: it needs chunk_length_s`);
    return undefined;
  }
  const given = ofWindows.find((field) => input[field] !== undefined && input[field] !== false);
  const field = given ?? (input.temperature?.some((value) => value > 0) ? "temperature" : undefined);
  if (field !== undefined)
    throw refusal(
      field,
      `${field} is for windows that are heard one after the other, and chunk_length_s has chunks heard by themselves. Leave one of them out`,
    );
  const { max_batch: most } = spec.resource_requirements;
  if (batchSize > most)
    throw refusal(
      "batch_size",
      `batch_size is ${batchSize}, but the memory of ${spec.model_name} is declared for ${most} at a time. Ask for ${most}, or raise max_batch and the memory in its spec`,
    );
  const [left, right = left] = stride ?? [];
  return {
    chunks: { length, stride: left === undefined || right === undefined ? undefined : [left, right] },
    batchSize,
    language: input.language,
    translate: input.translate,
    timestamps: input.timestamps ?? true,
    numBeams: input.num_beams,
    maxNewTokens: input.max_new_tokens,
  };
}

function refusal(field: string, problem: string): ModelError {
  return new ModelError("input_invalid", `${problem}.`, { details: { field } });
}
