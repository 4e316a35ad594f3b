import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer } from "@menagerie/text";
import { drawnText } from "../drawn-text.ts";
import { type FuzzTarget, must } from "../fuzz-target.ts";
import { mutateJson } from "../mutate-json.ts";
import { tokenizerFixtures } from "./tokenizers.ts";

/** Damaged `tokenizer.json` files; those that are read all the same are used. */
export const tokenizerFilesTarget: FuzzTarget = {
  name: "tokenizer-files",
  share: 4,
  memoryMb: 384,
  refusals: ["checkpoint_invalid"],
  async prepare(pictures) {
    const names = ["bpe-clip", "bpe-gpt2", "unigram-bytes", "wordpiece-cased", "wordpiece-uncased"];
    const bases = await Promise.all(names.map((name) => readFile(`${tokenizerFixtures}${name}.json`, "utf8")));
    const file = join(await mkdtemp(join(pictures, "..", "tokenizer-")), "tokenizer.json");
    return async (draws) => {
      await writeFile(file, mutateJson(draws.pick(bases), draws));
      const tokenizer = await Tokenizer.read(file);
      const ids = tokenizer.encode(drawnText(draws).slice(0, 200));
      must(ids.every(Number.isInteger), `ids of ${ids}`);
      must(typeof tokenizer.decode(ids) === "string", "ids without a text");
    };
  },
};
