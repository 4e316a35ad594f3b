import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { answered, answersOf, ofFiles, read, reference } from "../../fixtures/special-tokens.ts";
import { Tokenizer } from "./tokenizer.ts";

describe("tokens that the files beside a vocabulary name", () => {
  test.each(reference.folders)("get transformers' ids and texts: $case", (each) => {
    expect(answersOf(ofFiles(each, each.files))).toEqual(answered(each));
  });
});

describe("further added tokens of a tokenizer.json", () => {
  const folder = mkdtempSync(join(tmpdir(), "menagerie-tokens-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(reference.whole)("get the Rust library's ids and texts: $case", async ({ source, added, ...each }) => {
    const json = read(`./tokenizers/${source}`) as { added_tokens: object[] };
    const file = join(folder, "tokenizer.json");
    writeFileSync(file, JSON.stringify({ ...json, added_tokens: [...json.added_tokens, ...added] }));
    expect(answersOf(await Tokenizer.read(file))).toEqual(answered(each));
  });
});

describe("a key of tokenizer_config.json that changes ids and is not read is refused by its name", () => {
  const base = reference.bases.RobertaTokenizer as (typeof reference.bases)[string];
  const token = { content: "<ab>" };
  test.each([
    ...["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"].flatMap((key) =>
      [false, 0, 5, "", {}, { lstrip: true }, token, ["<ab>"]].map((value): [string, unknown] => [key, value]),
    ),
    ["cls_token", null],
    ["sep_token", null],
    ["cls_token", "<none>"],
    ["extra_special_tokens", { image: 5 }],
    ["extra_special_tokens", { 7: "<a>" }],
    ["extra_special_tokens", [token]],
    ["additional_special_tokens", "<a>"],
    ["added_tokens_decoder", null],
    ["added_tokens_decoder", { x: token }],
    ["added_tokens_decoder", { "-1": token }],
    ["added_tokens_decoder", { 400000000: token }],
    ["added_tokens_decoder", { 400: "<a>" }],
    ["added_tokens_decoder", { 400: { content: "<a>", lstrip: "no" } }],
    ["add_prefix_space", null],
    ["add_bos_token", 1],
    ["split_special_tokens", true],
    ["padding_side", "left"],
    ["truncation_side", "left"],
    ["clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output", true],
    ["init_inputs", ["vocab.json"]],
    ["vocab", { a: 0 }],
    ["tokenizer_class", 5],
    ["tokenizer_class", "BertTokenizer"],
  ] as [string, unknown][])("%s: %j", (key, value) => {
    const config = { tokenizer_class: "RobertaTokenizer", clean_up_tokenization_spaces: true, [key]: value };
    expect(() => ofFiles(base, { "tokenizer_config.json": config })).toThrow(
      expect.objectContaining({ code: "checkpoint_invalid", message: expect.stringContaining(key) }),
    );
  });
});
