import type { ArtifactDeclaration } from "@menagerie/core";
import type { CheckpointFolder } from "@menagerie/core/adopt";
import { findTokenizer } from "@menagerie/text";
import { z } from "zod";
import type { FlorenceConfig, FlorenceTokens } from "./florence-config.ts";
import { type FlorenceGeneration, generationFileSchema, unfollowedKeys } from "./florence-generation.ts";
import { locationBins } from "./florence-prompt.ts";

export interface AdoptedGeneration {
  readonly generation: FlorenceGeneration;
  readonly tokens: FlorenceTokens;
  /** The files of the tokenizer. */
  readonly words: readonly ArtifactDeclaration[];
  readonly findings: readonly string[];
}

/** How the folder's decoder writes: by generation_config.json, and by the tokenizer's ids. */
export async function readGeneration(folder: CheckpointFolder, config: FlorenceConfig): Promise<AdoptedGeneration> {
  const own = (await folder.has(file)) ? await folder.json(file, z.record(z.string(), z.unknown())) : undefined;
  const { text_config } = config;
  // The published code generates by config.json, where the file has no word of it; transformers' own asks the file alone.
  const isFallback = own === undefined || text_config.model_type === "florence2_language";
  const said = isFallback ? { ...pick(text_config), ...own } : own;
  const parsed = generationFileSchema.safeParse(said);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw folder.refusal(own === undefined ? "config.json" : file, issue?.path.join("."), issue?.message ?? "");
  }
  const { tokens, words, finding } = await readTokens(folder, config, said);
  const ends = said.eos_token_id;
  const generation: FlorenceGeneration = {
    ...Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined)),
    ...(isId(ends, tokens.eos) && Array.isArray(ends) && ends.length > 1 ? { eos_token_id: ends } : {}),
  };
  const unfollowed = unfollowedKeys(own ?? {});
  const source = own === undefined ? "config.json, there is no generation_config.json" : file;
  return {
    generation,
    tokens,
    words,
    findings: [
      `${generation.num_beams ?? 1} beams, no ${generation.no_repeat_ngram_size ?? 0} tokens twice (${source})`,
      finding,
      ...(unfollowed.length === 0 ? [] : [`not followed: ${unfollowed.join(", ")} (${file})`]),
    ],
  };
}

const file = "generation_config.json";

/** What of the text's configuration is about generation. Its lengths are not: they are defaults that no one chose. */
function pick(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const keys = ["num_beams", "no_repeat_ngram_size", "early_stopping", "length_penalty", "repetition_penalty"];
  const ids = ["forced_bos_token_id", "forced_eos_token_id", "decoder_start_token_id"];
  return Object.fromEntries([...keys, ...ids].flatMap((key) => (config[key] == null ? [] : [[key, config[key]]])));
}

/**
 * The ids that the tokenizer has. Many fine-tunes carry a generation_config.json with those of another tokenizer, which
 * would end no text: its ids are compared, and said, but not followed. Which of them are forced is the file's.
 */
async function readTokens(
  folder: CheckpointFolder,
  { text_config, image_token_id }: FlorenceConfig,
  said: Readonly<Record<string, unknown>>,
): Promise<{ tokens: FlorenceTokens; words: readonly ArtifactDeclaration[]; finding: string }> {
  const { bos, pad, eos, words, name } = await specialIds(folder, text_config.vocab_size, image_token_id);
  const expected = { bos, pad, eos, forced_bos: bos, forced_eos: eos };
  const wrong = Object.entries(expected).filter(([key, id]) => !isId(said[`${key}_token_id`], id));
  const start = [wrong.length === 0 ? said.decoder_start_token_id : undefined, text_config.decoder_start_token_id];
  const decoder_start = start.find((id): id is number => typeof id === "number") ?? eos;
  if (decoder_start >= text_config.vocab_size)
    throw folder.refusal(file, "decoder_start_token_id", `is ${decoder_start}, of ${text_config.vocab_size} words`);
  const forced = { forced_bos: said.forced_bos_token_id, forced_eos: said.forced_eos_token_id };
  const tokens = {
    ...{ bos, pad, eos, decoder_start },
    ...(forced.forced_bos == null ? {} : { forced_bos: bos }),
    ...(forced.forced_eos == null ? {} : { forced_eos: eos }),
  };
  const list = `special tokens: <s> ${bos}, <pad> ${pad}, </s> ${eos} (${name})`;
  const others = wrong.map(([key]) => `${key}_token_id`).join(", ");
  return {
    tokens,
    words,
    finding: others === "" ? list : `${list}; ${file} has others for ${others}, which are not followed`,
  };
}

/** Several may end a text, of which the tokenizer's must be one. */
function isId(said: unknown, id: number): boolean {
  return said === undefined || said === null || said === id || (Array.isArray(said) && said.includes(id));
}

async function specialIds(
  folder: CheckpointFolder,
  vocabulary: number,
  image: number | undefined,
): Promise<{ bos: number; pad: number; eos: number; words: readonly ArtifactDeclaration[]; name: string }> {
  const { tokenizer, artifacts: words, file: name } = await findTokenizer(folder);
  // `<image>`, which newer tokenizers have after the words, is never asked and never written.
  const known = tokenizer.tokenId("<image>") === vocabulary ? vocabulary + 1 : vocabulary;
  if (tokenizer.vocabularySize > known)
    throw folder.refusal(
      name,
      "model.vocab",
      `has ids up to ${tokenizer.vocabularySize - 1}, but the decoder knows ${vocabulary} (config.json, text_config.vocab_size)`,
    );
  const found = tokenizer.tokenId("<image>");
  if (image !== undefined && found !== undefined && found !== image)
    throw folder.refusal(
      name,
      "added_tokens",
      `has <image> as ${found}, config.json as ${image} (image_token_id): it is another model's`,
    );
  const idOf = (token: string): number => {
    const id = tokenizer.tokenId(token);
    if (id !== undefined) return id;
    throw folder.refusal(name, "added_tokens", `has no ${token}`);
  };
  const [bos, pad, eos] = [idOf("<s>"), idOf("<pad>"), idOf("</s>")];
  for (const token of ["<loc_0>", `<loc_${locationBins - 1}>`]) idOf(token);
  const asked = tokenizer.encode("What?");
  if (asked[0] !== bos || asked.at(-1) !== eos)
    throw folder.refusal(name, "post_processor", `must put <s> (${bos}) and </s> (${eos}) around a text`);
  return { bos, pad, eos, words, name };
}
