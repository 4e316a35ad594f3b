import { fileURLToPath } from "node:url";
import { TextStream, Tokenizer } from "@menagerie/text";
import { drawnText } from "../drawn-text.ts";
import type { Draws } from "../draws.ts";
import { type FuzzTarget, must } from "../fuzz-target.ts";

export const tokenizerFixtures: string = fileURLToPath(
  new URL("../../../packages/text/fixtures/tokenizers/", import.meta.url),
);
export const tokenizerNames = [
  "bpe-clip",
  "bpe-gpt2",
  "unigram-bytes",
  "unigram-t5",
  "unigram-xlmr",
  "wordpiece-cased",
  "wordpiece-uncased",
] as const;

/** Texts to ids and back, whole and as they come. */
export const tokenizersTarget: FuzzTarget = {
  name: "tokenizers",
  share: 10,
  memoryMb: 384,
  refusals: ["input_invalid"],
  async prepare() {
    const tokenizers = await Promise.all(
      tokenizerNames.map((name) => Tokenizer.read(`${tokenizerFixtures}${name}.json`)),
    );
    return (draws) => {
      const tokenizer = draws.pick(tokenizers);
      if (draws.chance(0.3)) streamed(tokenizer, draws);
      else encoded(tokenizer, draws);
    };
  },
};

function encoded(tokenizer: Tokenizer, draws: Draws): void {
  const text = drawnText(draws);
  const maxLength = draws.pick([undefined, undefined, 1, 2, 8, 77, draws.absurd()]);
  const { vocabularySize } = tokenizer;
  const ids = maxLength === undefined ? tokenizer.encode(text) : tokenizer.encode(text, maxLength);
  must(
    ids.every((id) => Number.isInteger(id) && id >= 0 && id < vocabularySize),
    "an id that is none",
  );
  if (maxLength !== undefined) must(ids.length <= maxLength, `${ids.length} ids and not ${maxLength}`);
  must(typeof tokenizer.decode(ids) === "string", "ids without a text");
  if (text.length > 5000) return;
  const length = draws.integer(2, 20);
  const padding = draws.pick(["max_length", "longest"] as const);
  const { shape, inputIds } = tokenizer.tokenize([text, ""], { maxLength: length, padding, padTokenId: 0 });
  must(inputIds.length === shape[0] * shape[1] && shape[1] <= length, `a batch of ${shape}`);
}

function streamed(tokenizer: Tokenizer, draws: Draws): void {
  const random = (): number => (draws.chance(0.02) ? draws.absurd() : draws.integer(0, tokenizer.vocabularySize));
  const ids = draws.chance(0.5)
    ? tokenizer.encode(drawnText(draws).slice(0, 300))
    : Array.from({ length: draws.integer(0, 60) }, random);
  const stream = new TextStream(tokenizer);
  const text = ids.map((id) => stream.push(id)).join("") + stream.end();
  must(
    text === tokenizer.decode(ids),
    `the stream gave ${JSON.stringify(text)}, all at once ${JSON.stringify(tokenizer.decode(ids))}`,
  );
}
