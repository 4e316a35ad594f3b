import { type Keys, shown } from "./told-token.ts";

/** What a key of tokenizer_config.json may be, where another value would change ids or texts. */
interface Rule {
  readonly allows: (value: unknown, config: Keys, vocabularySize: number) => boolean;
  readonly expected: string;
}

const boolean: Rule = { allows: (value) => typeof value === "boolean", expected: "true or false is" };
const flag: Rule = { allows: (value) => value === null || typeof value === "boolean", expected: "true or false is" };
const off: Rule = { allows: (value) => value === false, expected: "only false is" };
const right: Rule = { allows: (value) => value === "right", expected: 'only "right" is' };
const none: Rule = { allows: (value) => value === null, expected: "nothing is: transformers takes it for the file" };

/** What is allowed by the key that transformers 5 reads it from; each of the others leaves the ids and texts as they are. */
const rules: Readonly<Record<string, Rule>> = {
  add_prefix_space: boolean,
  add_bos_token: flag,
  add_eos_token: flag,
  split_special_tokens: off,
  padding_side: right,
  truncation_side: right,
  clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output: {
    allows: (value, { clean_up_tokenization_spaces: asked }) => !(value && asked),
    expected: "only false is, beside clean_up_tokenization_spaces",
  },
  // Its other expression is taken for vocabularies of more tokens alone.
  fix_mistral_regex: { allows: (value, _, size) => !value || size <= 100_000, expected: "only false is" },
  init_inputs: { allows: (value) => Array.isArray(value) && value.length === 0, expected: "only an empty list is" },
  ...{ vocab: none, merges: none, tokenizer_object: none, post_processor: none, gguf_file: none },
  ...{ tokenizer_truncation: none, tokenizer_padding: none, _json_truncation: none, _json_padding: none },
};

/**
 * Refuses what a tokenizer_config.json says that changes ids in transformers, and is not read here.
 * @param vocabularySize number of tokens without the added ones
 * @throws SyntaxError naming the key
 */
export function refuseUnreadKeys(config: Keys, vocabularySize: number): void {
  for (const [key, { allows, expected }] of Object.entries(rules)) {
    const value = config[key];
    if (value === undefined || allows(value, config, vocabularySize)) continue;
    throw new SyntaxError(`tokenizer_config.json: ${key} is ${shown(value)}; ${expected} read`);
  }
}
