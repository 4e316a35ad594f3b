import { ModelError } from "@menagerie/core";
import { type Decoder, type EncoderStates, logSumExp } from "@menagerie/text";
import type { TokenLayout } from "./token-layout.ts";

/** The language that is spoken. */
export interface DetectedLanguage {
  readonly id: number;
  /** Among the languages of the model, 0 to 1: openai/whisper's `detect_language`. */
  readonly probability: number;
}

/** The likeliest language of each window after the start token alone; of equals the smallest id. */
export async function detectLanguages(
  decoder: Decoder,
  states: EncoderStates,
  layout: TokenLayout,
): Promise<DetectedLanguage[]> {
  const windows = Array.from({ length: states.hiddenStates.shape[0] ?? 0 }, () => [layout.startOfTranscript]);
  const { logits } = await decoder.start(windows, states, undefined);
  return logits.map((scores) => likeliestOf(scores, layout));
}

function likeliestOf(scores: Float32Array, layout: TokenLayout): DetectedLanguage {
  const ids = [...layout.languages.values()].sort((a, b) => a - b);
  const score = (id: number): number => scores[id] ?? Number.NEGATIVE_INFINITY;
  const [first, ...others] = ids;
  if (first === undefined) throw new ModelError("internal", "A language was looked for in a model that has none.");
  const id = others.reduce((best, other) => (score(other) > score(best) ? other : best), first);
  return { id, probability: Math.exp(score(id) - logSumExp(Float32Array.from(ids, score))) };
}
