import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { Tokenizer } from "./tokenizer.ts";

// A tokenizer of CLIP's own kind; its ids are compared with the Rust library's in plugins/clip.
const file = fileURLToPath(new URL("../../../../plugins/clip/fixtures/square/tokenizer.json", import.meta.url));

let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await Tokenizer.read(file);
});

describe("token ids", () => {
  test("of a text that is too long keep their end", () => {
    const whole = tokenizer.encode("a photo of a very long label");
    const cut = tokenizer.encode("a photo of a very long label", 5);
    expect(cut).toEqual([...whole.slice(0, 4), whole.at(-1)]);
    expect(tokenizer.encode("a", 77)).toEqual(tokenizer.encode("a"));
  });

  test("of a Greek word are those of the letter σ, whatever its end", () => {
    expect(tokenizer.encode("ΟΔΟΣ")).toEqual(tokenizer.encode("οδοσ"));
    expect(tokenizer.encode("ΟΔΟΣ")).not.toEqual(tokenizer.encode("οδος"));
  });

  test("of half a surrogate pair are those of the replacement character", () => {
    expect(tokenizer.encode("a \ud83c b")).toEqual(tokenizer.encode("a \ufffd b"));
  });

  test("of nothing are the two that begin and end every text", () => {
    expect(tokenizer.encode("")).toEqual([tokenizer.tokenId("<|startoftext|>"), tokenizer.tokenId("<|endoftext|>")]);
    expect(tokenizer.encode(" \n\t ")).toEqual(tokenizer.encode(""));
  });
});

test("a length that leaves no token is refused", () => {
  for (const length of [0, -1, 1.5, Number.NaN])
    expect(() => tokenizer.encode("a", length)).toThrow(expect.objectContaining({ code: "input_invalid" }));
});

test("a text of 100,000 characters that no piece has becomes as many bytes, and a vocabulary of 200,000 is counted", async () => {
  const json = JSON.parse(readFileSync(new URL("unigram-bytes.json", fixtures), "utf8")) as UnigramJson;
  for (let i = json.model.vocab.length; i < 200_000; i++) json.model.vocab.push([`unused ${i}`, -20]);
  const large = await readJson(json);
  expect(large.vocabularySize).toBe(200_000);
  expect(large.encode("\u{10fffd}".repeat(50_000)).length).toBeGreaterThanOrEqual(200_000);
});

describe("a token whose id is no number that a tokenizer has is refused by name, and no table is filled up to it", () => {
  test.each(["one hundred", -1, 1.5, null, 1e8, 1e9, 2 ** 31, 2 ** 32, 2 ** 53, 1e300])("%s", async (id) => {
    const json = JSON.parse(readFileSync(new URL("wordpiece-cased.json", fixtures), "utf8")) as WordPieceJson;
    const refused = (section: string, token: string): object =>
      expect.objectContaining({
        code: "checkpoint_invalid",
        message: expect.stringMatching(new RegExp(`${section}: "${token}" has the id `)),
      });
    const known = json.model.vocab["[UNK]"];
    json.model.vocab["[UNK]"] = id;
    await expect(readJson(json)).rejects.toEqual(refused("model.vocab", "\\[UNK\\]"));
    json.model.vocab["[UNK]"] = known;
    json.added_tokens.push({ id, content: "<a>", special: true });
    await expect(readJson(json)).rejects.toEqual(refused("added_tokens", "<a>"));
    const [vocab, merges, config] = [{ a: 0, b: 1, "<s>": 2, "</s>": 3, "<|endoftext|>": 4 }, "", {}];
    const ofFiles = (part: object) => () => Tokenizer.ofFiles("vocab.json", { vocab, merges, config, ...part });
    expect(ofFiles({ vocab: { ...vocab, b: id } })).toThrow(refused("vocab\\.json", "b"));
    expect(ofFiles({ addedTokens: { "<a>": id } })).toThrow(refused("added_tokens\\.json", "<a>"));
    const decoder = { [String(id)]: { content: "<a>" } };
    expect(ofFiles({ config: { added_tokens_decoder: decoder } })).toThrow(/added_tokens_decoder.* has the id /);
  });
});

test("two added tokens that are the same once normalised are refused: the Rust library takes one of them by chance", async () => {
  const json = JSON.parse(readFileSync(new URL("wordpiece-uncased.json", fixtures), "utf8")) as WordPieceJson;
  json.added_tokens.push(
    { id: 9001, content: "New", normalized: true },
    { id: 9002, content: "NEW", normalized: true },
  );
  await expect(readJson(json)).rejects.toThrow(/the added tokens "New" and "NEW" are the same in a text once/);
});

interface UnigramJson {
  readonly model: { readonly vocab: [string, number][] };
}

interface WordPieceJson {
  added_tokens: unknown[];
  readonly model: { readonly vocab: Record<string, unknown> };
}

async function readJson(json: object): Promise<Tokenizer> {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-text-"));
  try {
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify(json));
    return await Tokenizer.read(join(folder, "tokenizer.json"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

// Made by tools/export/text/tokenizer_ids.py with the Rust library: ten scripts, emoji, signs, halves of surrogate pairs.
const fixtures = new URL("../../fixtures/tokenizers/", import.meta.url);
const texts: readonly string[] = JSON.parse(readFileSync(new URL("texts.json", fixtures), "utf8"));
const { kinds }: { kinds: Record<string, { ids: string; decoded: string; first: readonly string[] }> } = JSON.parse(
  readFileSync(new URL("ids.json", fixtures), "utf8"),
);

describe.each(Object.entries(kinds))("a tokenizer of the kind %s", (name, { ids, decoded, first }) => {
  const hash = (value: string) => createHash("sha256").update(value).digest("hex").slice(0, 6);

  test("gives the Rust library's ids for 3,000 texts, and its text for the ids", async () => {
    const made = await Tokenizer.read(fileURLToPath(new URL(`${name}.json`, fixtures)));
    const encoded = texts.map((text) => made.encode(text));
    expect(encoded.slice(0, first.length).map((row) => row.join(" "))).toEqual(first);
    expect(encoded.map((row) => hash(row.join(" ")))).toEqual(ids.split(" "));
    expect(encoded.map((row) => hash(made.decode(row)))).toEqual(decoded.split(" "));
    expect(ids.split(" ")).toHaveLength(3000);
  });
});

test("a normalizer of SentencePiece's own rules gives the Rust library's ids", async () => {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-text-"));
  const vocab = [
    ["<unk>", 0],
    ["▁a", -1],
    ["b", -2],
    ["▁", -3],
    ["a", -4],
  ];
  const json = {
    added_tokens: [],
    normalizer: { type: "Sequence", normalizers: [{ type: "Nmt" }, { type: "NFKC" }] },
    pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
    post_processor: null,
    decoder: null,
    model: { type: "Unigram", unk_id: 0, vocab, byte_fallback: false },
  };
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(json));
  const made = await Tokenizer.read(join(folder, "tokenizer.json"));
  // Tokenizer.from_str(json).encode(text).ids of tokenizers 0.23.
  expect(made.encode("a b")).toEqual([1, 3, 2]);
  expect(made.encode("a\u200bb")).toEqual([1, 3, 2]);
  expect(made.encode("a\u0007b")).toEqual([1, 2]);
  expect(made.encode("ａ　b")).toEqual([1, 3, 2]);
  expect(made.encode("\ufeffab")).toEqual([1, 2]);
  await rm(folder, { recursive: true });
});

describe("a batch", () => {
  test("is padded to its longest text, or to the longest there may be", () => {
    const texts = ["a", "a photo of a cat"];
    const longest = tokenizer.tokenize(texts, { maxLength: 12, padding: "longest", padTokenId: 7 });
    const [short, long] = texts.map((text) => tokenizer.encode(text)) as [number[], number[]];
    expect(longest.shape).toEqual([2, long.length]);
    const padded = [...short, ...Array<number>(long.length - short.length).fill(7), ...long];
    expect([...longest.inputIds]).toEqual(padded.map(BigInt));
    expect([...longest.attentionMask.subarray(0, long.length)]).toEqual(
      long.map((_, i) => (i < short.length ? 1n : 0n)),
    );
    expect(tokenizer.tokenize(texts, { maxLength: 12, padding: "max_length", padTokenId: 7 }).shape).toEqual([2, 12]);
  });
});

test("a file that is no tokenizer is refused by name", async () => {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-text-"));
  await writeFile(join(folder, "tokenizer.json"), "{");
  await expect(Tokenizer.read(join(folder, "tokenizer.json"))).rejects.toMatchObject({
    code: "checkpoint_invalid",
    message: expect.stringContaining("tokenizer.json"),
  });
  await expect(Tokenizer.read(join(folder, "none.json"))).rejects.toMatchObject({ code: "checkpoint_invalid" });
  await rm(folder, { recursive: true });
});
