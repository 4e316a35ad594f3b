import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactDeclaration, ModelError } from "@menagerie/core";
import { type CheckpointFolder, shellCommand } from "@menagerie/core/adopt";
import { z } from "zod";
import { type BpeFiles, bpeParts } from "./bpe-files.ts";
import type { Claim } from "./class-claims.ts";
import { contradiction } from "./contradictions.ts";
import { Tokenizer } from "./tokenizer.ts";
import type { Keys } from "./told-token.ts";

/** What a checkpoint's configuration says of its tokenizer. */
export interface ExpectedTokenizer {
  /** Ids that the model knows. */
  readonly vocabularySize: number;
  /** Key of config.json that says so. */
  readonly key: string;
  /** The id that every text ends with; default: not looked at. */
  readonly endId?: number | undefined;
  /** True for a model whose older files are not read; default: false. */
  readonly isNewer?: boolean | undefined;
}

/** A folder's tokenizer, and the files that it is made of. */
export interface FoundTokenizer {
  readonly tokenizer: Tokenizer;
  /** The first is called `tokenizer`; the others, of an older tokenizer, are called after it. */
  readonly artifacts: readonly ArtifactDeclaration[];
  /** The file that has its words, for sentences about it. */
  readonly file: string;
}

/**
 * Declares a folder's tokenizer as the artifact `tokenizer`, if its ids are the model's: its `tokenizer.json`, or `vocab.json`
 * with what lies beside it.
 * @throws ModelError `checkpoint_invalid` where it gives ids that the model does not know, or ends texts otherwise
 */
export async function adoptTokenizer(
  folder: CheckpointFolder,
  { vocabularySize, key, endId, isNewer = false }: ExpectedTokenizer,
): Promise<FoundTokenizer> {
  const found = await findTokenizer(folder, isNewer);
  const { tokenizer, file } = found;
  const isWhole = file === newer;
  if (tokenizer.vocabularySize > vocabularySize)
    throw folder.refusal(
      file,
      isWhole ? "model.vocab" : undefined,
      `has ids up to ${tokenizer.vocabularySize - 1}, but the model knows ${vocabularySize} (config.json, ${key})`,
    );
  const last = tokenizer.encode("a").at(-1);
  if (endId !== undefined && last !== endId)
    throw folder.refusal(
      file,
      isWhole ? "post_processor" : undefined,
      `ends a text with the id ${last}, config.json says that the end is ${endId}`,
    );
  return found;
}

/**
 * A folder's tokenizer: its `tokenizer.json`, or what transformers makes of the `vocab.json` and `merges.txt` of a CLIP, a
 * RoBERTa (BART) or a GPT-2.
 * @param isNewer whether `tokenizer.json` alone will do
 * @throws ModelError `checkpoint_invalid` with what it can be made of, and how
 */
export async function findTokenizer(folder: CheckpointFolder, isNewer = false): Promise<FoundTokenizer> {
  if (await folder.has(newer)) {
    const artifacts = [await folder.artifact("tokenizer", newer)];
    const tokenizer = await Tokenizer.read(join(folder.path, newer));
    await refuseContradiction(folder);
    return { tokenizer, artifacts, file: newer };
  }
  const words = "vocab.json";
  const isOlder = (await folder.has(words)) && (await folder.has(bpeParts.merges[1]));
  if (!isOlder || isNewer) throw await withoutTokenizer(folder);
  const artifacts = [await folder.artifact("tokenizer", words)];
  const files: Record<string, unknown> = { vocab: await folder.json(words, z.unknown()) };
  for (const [part, [ending, file]] of Object.entries(bpeParts)) {
    if (!(await folder.has(file))) continue;
    artifacts.push(await folder.artifact(`tokenizer${ending}`, file));
    files[part] = file.endsWith(".json")
      ? await folder.json(file, z.unknown())
      : await readFile(join(folder.path, file), "utf8");
  }
  try {
    const tokenizer = Tokenizer.ofFiles(join(folder.path, words), files as unknown as BpeFiles);
    return { tokenizer, artifacts, file: words };
  } catch (error) {
    throw await withoutTokenizer(folder, (error as ModelError).message);
  }
}

const newer = "tokenizer.json";

/** Refuses a folder of which transformers would read other ids than of its tokenizer.json, which is all that is read here. */
async function refuseContradiction(folder: CheckpointFolder): Promise<void> {
  const read = async (file: string): Promise<unknown> =>
    (await folder.has(file)) ? folder.json(file, z.unknown()) : undefined;
  const configFile = bpeParts.config[1];
  const beside = {
    config: await read(configFile),
    specialTokens: await read(bpeParts.specialTokens[1]),
    addedTokens: await read(bpeParts.addedTokens[1]),
    modelType: ((await read("config.json")) as { readonly model_type?: unknown } | undefined)?.model_type,
  };
  let found: Claim | undefined;
  try {
    found = contradiction((await read(newer)) as Keys, beside);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw folder.refusal(configFile, undefined, `does not fit ${newer}: ${cause.message}`, cause);
  }
  if (found === undefined) return;
  const [file, key] = found.key.includes(".json") ? found.key.split(": ") : [configFile, found.key];
  throw folder.refusal(
    file as string,
    key,
    `${found.problem}: transformers reads other ids or texts than ${newer} alone, which is read here. Correct the one that is wrong; to have ${newer} as transformers reads it: ${savedAnew(folder)}`,
  );
}

/** Files that older tokenizers have in its place, each set enough to make it of. */
const older = [
  ["vocab.json", "merges.txt"],
  ["vocab.txt"],
  ["spiece.model"],
  ["sentencepiece.bpe.model"],
  ["tokenizer.model"],
];

async function withoutTokenizer(folder: CheckpointFolder, problem?: string): Promise<ModelError> {
  for (const files of older) {
    const there = await Promise.all(files.map((name) => folder.has(name)));
    if (!there.every(Boolean)) continue;
    return folder.refusal(
      newer,
      undefined,
      `is missing, and ${problem === undefined ? "it is the one that is read" : problem.replace(/\.$/, "")}. transformers makes it of ${files.join(" and ")}, which are there: ${savedAnew(folder)}`,
    );
  }
  return folder.refusal(
    newer,
    undefined,
    "is missing, and nothing that it could be made of is there (vocab.json and merges.txt, vocab.txt, spiece.model)",
  );
}

/** The command by which transformers writes a folder's tokenizer.json as it reads the tokenizer. */
function savedAnew(folder: CheckpointFolder): string {
  const dir = JSON.stringify(folder.path).slice(1, -1);
  return shellCommand(
    "python",
    "-c",
    `from transformers import AutoTokenizer; AutoTokenizer.from_pretrained("${dir}").save_pretrained("${dir}")`,
  );
}
