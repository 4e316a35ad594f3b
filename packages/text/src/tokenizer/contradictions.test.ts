import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { contradiction } from "./contradictions.ts";
import type { Keys } from "./told-token.ts";

interface Row {
  readonly source: string;
  readonly case: string;
  readonly files: Readonly<Record<string, unknown>>;
  /** What transformers gives otherwise than the Rust library on the tokenizer.json: ids (i), texts (s, w); "-" where it refuses. */
  readonly differing: string;
}

const read = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../fixtures/${file}`, import.meta.url), "utf8"));
// By tools/export/text/beside_tokenizers.py.
const { folders } = read("beside-tokenizers.json") as { folders: readonly Row[] };
const sources = new Map(
  [...new Set(folders.map(({ source }) => source))].map((source) => [
    source,
    read(`tokenizers/${source}.json`) as Keys,
  ]),
);

function refusal({ source, files }: Row): string | undefined {
  try {
    const found = contradiction(sources.get(source) as Keys, {
      ...{ config: files["tokenizer_config.json"], specialTokens: files["special_tokens_map.json"] },
      addedTokens: files["added_tokens.json"],
    });
    return found && `${found.key} ${found.problem}`;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

const outcomes = folders.map((row) => ({ ...row, refused: refusal(row) }));
// A CLIP's texts are read here as CLIPTokenizer reads them, whatever the class is called.
const isReadAsClip = (row: Row): boolean => row.source === "bpe-clip" && row.differing === "sw";

describe("files beside a tokenizer.json", () => {
  test("are refused wherever transformers reads other ids or texts than of the tokenizer.json alone", () => {
    const silent = outcomes.filter((row) => row.differing !== "" && row.refused === undefined && !isReadAsClip(row));
    expect(silent.map((row) => `${row.source}: ${row.case}`)).toEqual([]);
    expect(outcomes.filter(({ refused }) => refused !== undefined).length).toBeGreaterThan(300);
  });

  test("are read wherever it reads the same, but for a list that disagrees on a token's white space", () => {
    const refused = outcomes.filter((row) => row.differing === "" && row.refused !== undefined);
    expect(refused.filter((row) => !row.case.endsWith("one that takes spaces")).map((row) => row.refused)).toEqual([]);
  });

  test.each([
    [
      "wordpiece-cased",
      { tokenizer_class: "BertTokenizer" },
      "do_lower_case is true, the class's default, and lowercase of the normalizer is false in tokenizer.json",
    ],
    [
      "wordpiece-uncased",
      { tokenizer_class: "BertTokenizer", strip_accents: false },
      "strip_accents is false, and strip_accents is true in tokenizer.json",
    ],
    [
      "bpe-gpt2",
      { tokenizer_class: "GPT2Tokenizer", add_prefix_space: true },
      "add_prefix_space is true, and the pre_tokenizer of tokenizer.json puts no space before a text",
    ],
    [
      "bpe-clip",
      { tokenizer_class: "CLIPTokenizer", eos_token: "hell" },
      'eos_token is "hell", which tokenizer.json has not among its added_tokens',
    ],
    [
      "bpe-gpt2",
      { tokenizer_class: "BertTokenizer" },
      'tokenizer_class is that of a WordPiece model, and tokenizer.json has a "BPE"',
    ],
  ])("of %s are refused by their key: %j", (source, config, sentence) => {
    const files = { "tokenizer_config.json": config };
    expect(refusal({ source, case: "", files, differing: "" })).toBe(sentence);
  });

  test("have the class of config.json's model_type where they name none", () => {
    const json = sources.get("wordpiece-cased") as Keys;
    expect(contradiction(json, { config: {}, modelType: "bert" })?.key).toBe("do_lower_case");
    expect(contradiction(json, { config: { do_lower_case: false }, modelType: "bert" })).toBeUndefined();
    expect(contradiction(json, {})).toBeUndefined();
  });
});
