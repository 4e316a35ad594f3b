import { join } from "node:path";
import type { ArtifactDeclaration, ModelError } from "@menagerie/core";
import { type CheckpointFolder, shellCommand } from "@menagerie/core/adopt";
import { Tokenizer } from "./tokenizer.ts";

/** What a checkpoint's configuration says of its tokenizer. */
export interface ExpectedTokenizer {
  /** Ids that the model knows. */
  readonly vocabularySize: number;
  /** Key of config.json that says so. */
  readonly key: string;
  /** The id that every text ends with; default: not looked at. */
  readonly endId?: number | undefined;
}

/**
 * Declares a folder's `tokenizer.json` as the artifact `tokenizer`, if its ids are the model's.
 * @throws ModelError `checkpoint_invalid` where it gives ids that the model does not know, or ends texts otherwise
 */
export async function adoptTokenizer(
  folder: CheckpointFolder,
  { vocabularySize, key, endId }: ExpectedTokenizer,
): Promise<ArtifactDeclaration> {
  if (!(await folder.has(file))) throw await withoutTokenizer(folder);
  const artifact = await folder.artifact("tokenizer", file);
  const tokenizer = await Tokenizer.read(join(folder.path, file));
  if (tokenizer.vocabularySize > vocabularySize)
    throw folder.refusal(
      file,
      "model.vocab",
      `has ids up to ${tokenizer.vocabularySize - 1}, but the model knows ${vocabularySize} (config.json, ${key})`,
    );
  const last = tokenizer.encode("a").at(-1);
  if (endId !== undefined && last !== endId)
    throw folder.refusal(
      file,
      "post_processor",
      `ends a text with the id ${last}, config.json says that the end is ${endId}`,
    );
  return artifact;
}

const file = "tokenizer.json";

/** Files that older tokenizers have in its place, each set enough to make it of. */
const older = [
  ["vocab.json", "merges.txt"],
  ["vocab.txt"],
  ["spiece.model"],
  ["sentencepiece.bpe.model"],
  ["tokenizer.model"],
];

async function withoutTokenizer(folder: CheckpointFolder): Promise<ModelError> {
  for (const files of older) {
    const there = await Promise.all(files.map((name) => folder.has(name)));
    if (!there.every(Boolean)) continue;
    const dir = JSON.stringify(folder.path).slice(1, -1);
    const command = shellCommand(
      "python",
      "-c",
      `from transformers import AutoTokenizer; AutoTokenizer.from_pretrained("${dir}").save_pretrained("${dir}")`,
    );
    return folder.refusal(
      file,
      undefined,
      `is missing, and it is the one that is read. transformers makes it of ${files.join(" and ")}, which are there: ${command}`,
    );
  }
  return folder.refusal(
    file,
    undefined,
    "is missing, and nothing that it could be made of is there (vocab.json and merges.txt, vocab.txt, spiece.model)",
  );
}
