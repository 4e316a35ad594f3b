import { cleanAsOpenClip, generationConfig } from "@menagerie/text";
import { drawnText } from "../drawn-text.ts";
import type { Draws } from "../draws.ts";
import { type FuzzTarget, must } from "../fuzz-target.ts";

/** How a text is cleaned, and how one is generated, with values of wrong kinds. */
export const textSettingsTarget: FuzzTarget = {
  name: "text-settings",
  share: 11,
  memoryMb: 192,
  refusals: ["input_invalid"],
  async prepare() {
    return (draws) => (draws.chance(0.5) ? cleaned(draws) : configured(draws));
  },
};

function cleaned(draws: Draws): void {
  const result = cleanAsOpenClip(drawnText(draws), draws.pick(["whitespace", "lower", "canonicalize"]));
  must(result.isWellFormed(), "half of a surrogate pair is left");
  must(!/^\s|\s$| {2}|[\n\t]/.test(result), `white space is left in ${JSON.stringify(result.slice(0, 80))}`);
}

const keys = [
  ...["max_length", "max_new_tokens", "min_length", "min_new_tokens", "eos_token_id", "pad_token_id", "bos_token_id"],
  ...[
    "decoder_start_token_id",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "suppress_tokens",
    "begin_suppress_tokens",
  ],
  ...[
    "bad_words_ids",
    "no_repeat_ngram_size",
    "repetition_penalty",
    "num_beams",
    "num_return_sequences",
    "early_stopping",
  ],
  ...["length_penalty", "do_sample", "seed", "temperature", "top_k", "top_p", "min_p", "typical_p", "stop_strings"],
  ...["__proto__", "constructor", "unknown"],
];

function configured(draws: Draws): void {
  const isMild = draws.chance(0.5);
  const layer = (): Record<string, unknown> =>
    Object.fromEntries(keys.filter(() => draws.chance(isMild ? 0.08 : 0.3)).map((key) => [key, value(draws, isMild)]));
  const config = generationConfig(layer(), layer());
  must(config.num_return_sequences <= config.num_beams && config.num_beams <= 64, "more sequences than beams");
  must(config.temperature > 0 && config.top_p >= 0 && config.top_p <= 1, "a temperature or part out of range");
  must(Number.isInteger(config.max_length) && config.max_length > 0, `${config.max_length} tokens`);
  must(JSON.stringify(generationConfig({ ...config })) === JSON.stringify(config), "read again it is another one");
}

function value(draws: Draws, isMild: boolean): unknown {
  if (isMild) return draws.pick<unknown>([0, 1, 2, 0.5, [1], [[1, 2]], true, null, undefined, "never"]);
  return draws.pick<unknown>([
    draws.absurd(),
    "",
    "1",
    [],
    {},
    [null],
    [[]],
    ["a"],
    10n,
    Symbol.iterator,
    () => 1,
    new Date(0),
    drawnText(draws),
  ]);
}
