import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelSpec } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findTokenizer } from "./adopt-tokenizer.ts";
import { Tokenizer } from "./tokenizer.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/", import.meta.url));
const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(join(fixtures, file), "utf8"));

interface Case {
  readonly source: string;
  readonly special: readonly string[];
  readonly files: Readonly<Record<string, unknown>>;
  readonly first: readonly number[];
  readonly sha256: string;
}

// tools/export/text/older_tokenizers.py, by transformers.
const reference = (await read("older-tokenizers.json")) as { texts: number; cases: Readonly<Record<string, Case>> };
const texts = ((await read("tokenizers/texts.json")) as string[])
  .filter((text) => text.isWellFormed())
  .slice(0, reference.texts);

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "menagerie-bpe-"));
});
afterEach(() => rm(path, { recursive: true }));

async function write({
  source,
  special,
  files,
}: Pick<Case, "source" | "special" | "files">): Promise<CheckpointFolder> {
  const { model } = (await read(`tokenizers/${source}`)) as {
    model: { vocab: Record<string, number>; merges: (string | string[])[] };
  };
  const vocab = { ...model.vocab };
  for (const token of special) vocab[token] ??= Object.keys(vocab).length;
  const merges = model.merges.map((pair) => (typeof pair === "string" ? pair : pair.join(" ")));
  await writeFile(join(path, "vocab.json"), JSON.stringify(vocab));
  await writeFile(join(path, "merges.txt"), `#version: 0.2\n${merges.join("\n")}\n`);
  for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), JSON.stringify(content));
  return new CheckpointFolder(path);
}

describe("vocab.json and merges.txt without tokenizer.json", () => {
  test.each(Object.entries(reference.cases))("give the ids of transformers' own conversion: %s", async (_, each) => {
    const { tokenizer, artifacts } = await findTokenizer(await write(each));
    expect(tokenizer.encode(texts[0] ?? "")).toEqual(each.first);
    const ids = texts.map((text) => tokenizer.encode(text).join(",")).join("\n");
    expect(createHash("sha256").update(ids).digest("hex")).toBe(each.sha256);
    expect(artifacts.slice(0, 2).map(({ name, path }) => [name, path])).toEqual([
      ["tokenizer", "vocab.json"],
      ["tokenizer_merges", "merges.txt"],
    ]);
    expect(
      artifacts
        .slice(2)
        .map((artifact) => artifact.path)
        .sort(),
    ).toEqual(Object.keys(each.files).sort());
  });

  const [clip] = Object.values(reference.cases) as [Case];
  const refusal = async (files: Case["files"], change: () => unknown = () => {}): Promise<string> => {
    const folder = await write({ ...clip, files });
    await change();
    return findTokenizer(folder).then(
      () => "",
      (error: Error) => error.message,
    );
  };

  test("are refused with the command that converts them for a class that is not known", async () => {
    const message = await refusal({ "tokenizer_config.json": { tokenizer_class: "Qwen2Tokenizer" } });
    expect(message).toMatch(
      /tokenizer_class is Qwen2Tokenizer; of vocab\.json and merges\.txt those of CLIP, RoBERTa, BART/,
    );
    expect(message).toMatch(/transformers makes it of vocab\.json and merges\.txt.*AutoTokenizer\.from_pretrained/);
  });

  test("are opened in the runner as artifacts, and refused by name where one of them is damaged", async () => {
    const { artifacts } = await findTokenizer(await write(clip));
    const context = {
      spec: { model_name: "mine", local_artifacts: artifacts } as unknown as ModelSpec,
      artifact: async (name: string) => join(path, artifacts.find((each) => each.name === name)?.path ?? ""),
    };
    expect((await Tokenizer.open(context, "tokenizer")).encode(texts[0] ?? "")).toEqual(clip.first);
    await writeFile(join(path, "vocab.json"), '{"a": 0');
    await expect(Tokenizer.open(context, "tokenizer")).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringMatching(/^mine's vocab\.json cannot be used as a tokenizer: /),
    });
  });

  test("are refused where they are of two tokenizers, or a special token has no id", async () => {
    const merges = (text: string) => () => writeFile(join(path, "merges.txt"), text);
    expect(await refusal({}, merges("#version: 0.2\nqqq zzz\n"))).toMatch(/line 2 merges "qqq zzz", which vocab\.json/);
    expect(await refusal({}, merges("a b c\n"))).toMatch(/line 1 is no pair of tokens: "a b c"/);
    const named = { "tokenizer_config.json": { bos_token: "<begin>" } };
    expect(await refusal(named)).toMatch(
      /bos_token is "<begin>", which vocab\.json and added_tokens\.json do not know/,
    );
  });
});
