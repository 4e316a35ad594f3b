import { ModelError } from "@menagerie/core";
import type { Decoder, EncoderStates } from "@menagerie/text";
import type { TokenLayout } from "./token-layout.ts";

/** The likeliest language after the start token alone: its id, of equals the smallest. */
export async function detectLanguage(decoder: Decoder, states: EncoderStates, layout: TokenLayout): Promise<number> {
  const { logits } = await decoder.start([[layout.startOfTranscript]], states, undefined);
  const scores = logits[0] ?? new Float32Array();
  const ids = [...layout.languages.values()].sort((a, b) => a - b);
  const score = (id: number): number => scores[id] ?? Number.NEGATIVE_INFINITY;
  const [first, ...others] = ids;
  if (first === undefined) throw new ModelError("internal", "A language was looked for in a model that has none.");
  return others.reduce((best, id) => (score(id) > score(best) ? id : best), first);
}
