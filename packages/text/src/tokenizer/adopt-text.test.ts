import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adoptText, type ExpectedText } from "./adopt-text.ts";

const kinds = {
  clip: fileURLToPath(new URL("../../../../plugins/clip/fixtures/square/tokenizer.json", import.meta.url)),
  siglip: fileURLToPath(new URL("../../../../plugins/fashion-clip/fixtures/siglip/tokenizer.json", import.meta.url)),
};
const file = "tokenizer_config.json";

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "menagerie-text-"));
});
afterEach(() => rm(path, { recursive: true }));

async function adopted(kind: keyof typeof kinds, said: object | undefined, expected: Partial<ExpectedText> = {}) {
  await cp(kinds[kind], join(path, "tokenizer.json"));
  if (said !== undefined) await writeFile(join(path, file), JSON.stringify(said));
  const { preprocessing } = await adoptText(new CheckpointFolder(path), {
    ...{ vocabularySize: 5000, key: "vocab_size", positions: 77, sequence: "sequence", padding: "longest" },
    ...expected,
  });
  return preprocessing;
}

describe("a folder without tokenizer.json", () => {
  const expected = {
    vocabularySize: 5000,
    key: "vocab_size",
    positions: 77,
    sequence: "s",
    padding: "longest",
  } as const;
  const refusal = () => adoptText(new CheckpointFolder(path), expected).catch((error: Error) => error.message);

  test("is refused with what can be made of its older files, and how", async () => {
    expect(await refusal()).toMatch(/tokenizer\.json: is missing, and nothing that it could be made of is there/);
    await writeFile(join(path, "vocab.txt"), "[UNK]");
    expect(await refusal()).toMatch(
      /transformers makes it of vocab\.txt, which are there: python -c 'from transformers import AutoTokenizer; /,
    );
  });

  test("or with one that is cut off, is told in words", async () => {
    await writeFile(join(path, "tokenizer.json"), '{"model": {"vocab"');
    expect(await refusal()).toMatch(
      /not a tokenizer\.json that can be used: it is cut off: its JSON has no end after 18/,
    );
    await writeFile(join(path, "tokenizer.json"), "{}");
    expect(await refusal()).toMatch(/it has no "model", which every tokenizer\.json has/);
  });
});

describe("a folder whose tokenizer_config.json contradicts its tokenizer.json", () => {
  test.each([
    [{ padding_side: "left" }, /key "padding_side": is "left"; texts are filled up and cut on the right here/],
    [{ truncation_side: "left" }, /key "truncation_side": is "left"/],
    [{ split_special_tokens: true }, /key "split_special_tokens": is true/],
    [
      { extra_special_tokens: ["hell"] },
      /key "extra_special_tokens": is "hell", which .*: python -c 'from transformers/,
    ],
  ])("is refused by the key, with what makes them agree: %j", async (config, message) => {
    await expect(adopted("clip", config)).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringMatching(message),
    });
  });
});

describe("texts of a CLIP", () => {
  test("are cut where the tokenizer's own files cut them, at most to the positions there are", async () => {
    expect((await adopted("clip", undefined)).max_length).toBe(77);
    expect((await adopted("clip", { model_max_length: 20 })).max_length).toBe(20);
    expect((await adopted("clip", { model_max_length: 99 })).max_length).toBe(77);
    expect((await adopted("clip", { model_max_length: 1e30 })).max_length).toBe(77);
  });

  test("are filled up to the length that an export fixed", async () => {
    expect(await adopted("clip", { model_max_length: 20 }, { sequence: 32 })).toMatchObject({
      max_length: 32,
      padding: "max_length",
    });
  });

  test("are filled up with their end, which old CLIPs find first whatever follows it", async () => {
    const { pad_token_id } = await adopted("clip", { pad_token: "<|startoftext|>" });
    expect(pad_token_id).toBe((await adopted("clip", undefined)).pad_token_id);
  });
});

describe("texts of a SigLIP, which reads its padding", () => {
  const reads: Partial<ExpectedText> = { padding: "max_length", padId: 1 };

  test("are filled up with the token that the tokenizer's files name, plainly or with its properties", async () => {
    expect((await adopted("siglip", undefined, reads)).pad_token_id).toBe(1);
    expect((await adopted("siglip", { pad_token: "<unk>" }, reads)).pad_token_id).toBe(2);
    expect((await adopted("siglip", { pad_token: { content: "<unk>", lstrip: false } }, reads)).pad_token_id).toBe(2);
    await writeFile(join(path, "special_tokens_map.json"), JSON.stringify({ pad_token: "<unk>" }));
    expect((await adopted("siglip", {}, reads)).pad_token_id).toBe(2);
  });

  test("are refused where nothing can be filled in, or the files contradict each other", async () => {
    await expect(adopted("siglip", { pad_token: "[PAD]" }, reads)).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringContaining('tokenizer_config.json, key "pad_token": is "[PAD]", which tokenizer.json'),
    });
    await rm(join(path, file));
    await expect(adopted("siglip", undefined, { ...reads, padId: 0 })).rejects.toMatchObject({
      message: expect.stringContaining("ends a text with the id 1, config.json says that 0 fills it up"),
    });
  });
});
