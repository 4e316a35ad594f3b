import { expect, it } from "vitest";
import type { Decoder } from "./decoder.ts";
import { generate } from "./generate.ts";
import { generationConfig } from "./generation-config.ts";
import type { ScoreProcessor } from "./score-processors.ts";

/** A decoder that says the same after every token. */
function constant(logits: readonly number[]): Decoder {
  const rows = (count: number) => Array.from({ length: count }, () => Float32Array.from(logits));
  return {
    takesUnevenPrompts: true,
    start: async (prompts) => ({
      run: { step: async (tokens) => rows(tokens.length) },
      logits: rows(prompts.length),
      logitsAt: () => Float32Array.from(logits),
    }),
  };
}

const withoutThree: ScoreProcessor = (_, scores) => {
  scores[3] = Number.NEGATIVE_INFINITY;
};

// 2 * scipy.special.log_softmax([0, 1, 2])[2]
const expected = -0.8152119288887608;

it.each([
  ["the likeliest tokens", {}],
  ["beams, which are ranked by other sums", { num_beams: 2 }],
  ["drawn tokens, whatever their temperature", { do_sample: true, temperature: 0.01, top_k: 0 }],
])("the log probability of a text of %s is among what the rules left", async (_what, config) => {
  const [[text] = []] = await generate(constant([0, 1, 2, 3]), {
    prompts: [[0]],
    config: generationConfig({ max_new_tokens: 2, ...config }),
    processors: [withoutThree],
    logProbabilities: true,
  });
  expect(text?.ids).toEqual([2, 2]);
  expect(text?.logProbability).toBeCloseTo(expected, 6);
});

it("a text has no log probability where nobody asks for it", async () => {
  const request = { prompts: [[0]], config: generationConfig({ max_new_tokens: 2 }) };
  const [[text] = []] = await generate(constant([0, 1]), request);
  expect(text?.logProbability).toBeUndefined();
});
