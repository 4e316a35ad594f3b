import { join } from "node:path";
import { type AdoptedCheckpoint, adoptedRequirements, type CheckpointFolder, type ModelSpec } from "@menagerie/core";
import { Tokenizer } from "@menagerie/text";
import { readImageProcessor } from "@menagerie/vision";
import { z } from "zod";
import {
  type FlorenceConfig,
  type FlorenceTokens,
  florenceConfigSchema,
  florenceGenerationSchema,
} from "./florence-config.ts";
import { checkFlorenceGraphs, florenceGraphs, florenceSchemas } from "./florence-graphs.ts";
import { publishedBans } from "./florence-parameters.ts";
import { locationBins } from "./florence-prompt.ts";

/** Reads a Florence-2 folder in the layout of the public conversions. */
export async function adoptFlorence(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const config = await folder.json("config.json", florenceConfigSchema);
  const { d_model, max_position_embeddings } = config.text_config;
  const graphs = await florenceGraphs(folder);
  checkFlorenceGraphs(folder, graphs, config.text_config);
  const image = await readImageProcessor(folder, { type: /^CLIP/, unnamed: "CLIPImageProcessor" });
  const { result, preprocessing } = image;
  if (result === undefined)
    throw folder.refusal("preprocessor_config.json", "size", "must be a height and a width: the model takes one size");
  const vision = graphs.vision_encoder;
  const pixels = vision?.header.inputs.pixel_values;
  checkSize(folder, vision?.file ?? "", pixels?.shape.slice(2) ?? [], result);
  const { tokens, finding } = await readTokens(folder, config);
  const generation = await folder.json("generation_config.json", florenceGenerationSchema);
  const bans = await readBans(folder);
  const weights = Object.values(graphs).flatMap(({ artifacts }) => artifacts);
  const isHalf = pixels?.dtype === "float16";
  return {
    spec: {
      precision: vision?.precision ?? like.precision,
      local_artifacts: [...weights, await folder.artifact("tokenizer", "tokenizer.json")],
      preprocessing: {
        image: isHalf ? { ...preprocessing, dtype: "float16" } : preprocessing,
        text: {
          tokenizer: "tokenizer",
          max_length: max_position_embeddings,
          padding: "longest",
          pad_token_id: tokens.pad,
        },
      },
      graphs: Object.fromEntries(Object.entries(graphs).map(([name, { declaration }]) => [name, declaration])),
      ...florenceSchemas(graphs),
      resource_requirements: adoptedRequirements(like, weights),
      parameters: { generation, tokens, max_positions: max_position_embeddings, banned_phrases: bans.phrases },
    },
    findings: [
      image.finding,
      `${d_model} wide, ${max_position_embeddings} positions for a picture and its question (config.json)`,
      `${generation.num_beams ?? 1} beams, no ${generation.no_repeat_ngram_size ?? 0} tokens twice (generation_config.json)`,
      finding,
      `${bans.phrases.length} phrases that grounding leaves out (${bans.source})`,
      ...Object.values(graphs).map(({ precision, file }) => `weights ${precision} (${file})`),
    ],
  };
}

function checkSize(
  folder: CheckpointFolder,
  file: string,
  [height, width]: readonly (number | string)[],
  result: { width: number; height: number },
): void {
  for (const [found, expected] of [[height, result.height] as const, [width, result.width] as const])
    if (typeof found === "number" && found !== expected)
      throw folder.refusal(
        "preprocessor_config.json",
        "size",
        `pictures come out as ${result.width} x ${result.height}, but the graph takes ${width} x ${height} (${file}, pixel_values)`,
      );
}

const idsSchema = z.object({
  bos_token_id: z.unknown(),
  pad_token_id: z.unknown(),
  eos_token_id: z.unknown(),
  forced_bos_token_id: z.unknown(),
  forced_eos_token_id: z.unknown(),
});

/**
 * The ids that the tokenizer has. Many fine-tunes carry a generation_config.json with those of another tokenizer, which
 * would end no text: its ids are compared, and said, but not followed. The decoder starts where BART's does, with the end.
 */
async function readTokens(
  folder: CheckpointFolder,
  config: FlorenceConfig,
): Promise<{ tokens: FlorenceTokens; finding: string }> {
  const file = "tokenizer.json";
  await folder.first([file]);
  const tokenizer = await Tokenizer.read(join(folder.path, file));
  const { vocab_size } = config.text_config;
  if (tokenizer.vocabularySize > vocab_size + extraTokens(tokenizer, vocab_size))
    throw folder.refusal(
      file,
      "model.vocab",
      `has ids up to ${tokenizer.vocabularySize - 1}, but the decoder knows ${vocab_size} (config.json, text_config.vocab_size)`,
    );
  const idOf = (token: string): number => {
    const id = tokenizer.tokenId(token);
    if (id !== undefined) return id;
    throw folder.refusal(file, "added_tokens", `has no ${token}`);
  };
  const [bos, pad, eos] = [idOf("<s>"), idOf("<pad>"), idOf("</s>")];
  for (const token of [`<loc_0>`, `<loc_${locationBins - 1}>`]) idOf(token);
  const asked = tokenizer.encode("What?");
  if (asked[0] !== bos || asked.at(-1) !== eos)
    throw folder.refusal(file, "post_processor", `must put <s> (${bos}) and </s> (${eos}) around a text`);
  const said = await folder.json("generation_config.json", idsSchema);
  const expected = { bos, pad, eos, forced_bos: bos, forced_eos: eos };
  const wrong = Object.entries(expected).filter(([key, id]) => {
    const value = said[`${key}_token_id` as keyof typeof said];
    return value !== undefined && value !== null && value !== id;
  });
  const list = `<s> ${bos}, <pad> ${pad}, </s> ${eos} (${file})`;
  const finding =
    wrong.length === 0
      ? `special tokens: ${list}`
      : `special tokens: ${list}; generation_config.json has others for ${wrong.map(([key]) => `${key}_token_id`).join(", ")}, which are not followed`;
  return { tokens: { bos, pad, eos, decoder_start: eos }, finding };
}

/** `<image>`, which newer tokenizers have after the words, is never asked and never written. */
function extraTokens(tokenizer: Tokenizer, vocabulary: number): number {
  return tokenizer.tokenId("<image>") === vocabulary ? 1 : 0;
}

const bansSchema = z.object({
  post_processor_config: z
    .object({ phrase_grounding: z.object({ banned_grounding_tokens: z.array(z.string()).default([]) }).optional() })
    .optional(),
});

async function readBans(folder: CheckpointFolder): Promise<{ phrases: readonly string[]; source: string }> {
  const file = "processor_config.json";
  const found = (await folder.has(file)) ? await folder.json(file, bansSchema) : {};
  const grounding = found.post_processor_config?.phrase_grounding;
  return grounding === undefined
    ? { phrases: publishedBans, source: "those of the published models" }
    : { phrases: grounding.banned_grounding_tokens, source: file };
}
