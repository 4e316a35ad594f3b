import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { TextStream } from "./text-stream.ts";
import { Tokenizer } from "./tokenizer.ts";

const fixtures = new URL("../../fixtures/tokenizers/", import.meta.url);
const texts: readonly string[] = JSON.parse(readFileSync(new URL("texts.json", fixtures), "utf8")).slice(0, 400);

describe.each(["bpe-gpt2", "unigram-t5", "unigram-bytes"])("a text streamed from %s", (kind) => {
  it("is in all the text of all ids, and never shows half a character", async () => {
    const tokenizer = await Tokenizer.read(fileURLToPath(new URL(`${kind}.json`, fixtures)));
    for (const text of texts) {
      const ids = tokenizer.encode(text);
      const stream = new TextStream(tokenizer);
      const parts = ids.map((id) => stream.push(id));
      expect(parts.join("") + stream.end()).toBe(tokenizer.decode(ids));
      if (!text.toWellFormed().includes("\ufffd")) expect(parts.join("")).not.toContain("\ufffd");
    }
  });
});
