import { describe, expect, test } from "vitest";
import { answered, answersOf, type Base, ofFiles, reference } from "../../fixtures/special-tokens.ts";
import type { Tokenizer } from "./tokenizer.ts";

describe.each(Object.keys(reference.bases))("a configuration of a %s", (kind) => {
  const cases = reference.configured.filter((each) => each.kind === kind);
  test.each(cases)("gives transformers' ids, or is refused by its key: $key is $value", ({ key, value, ...each }) => {
    const config = { tokenizer_class: kind, clean_up_tokenization_spaces: true, [key]: value };
    let tokenizer: Tokenizer;
    try {
      tokenizer = ofFiles(reference.bases[kind] as Base, { "tokenizer_config.json": config });
    } catch (error) {
      expect(error).toMatchObject({ code: "checkpoint_invalid", message: expect.stringContaining(key) });
      expect(error).not.toMatchObject({ cause: expect.any(TypeError) });
      return;
    }
    expect(answersOf(tokenizer)).toEqual(answered(each));
  });
});
