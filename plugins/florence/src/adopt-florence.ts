import type { ModelSpec } from "@menagerie/core";
import { type AdoptedCheckpoint, adoptedRequirements, type CheckpointFolder } from "@menagerie/core/adopt";
import { readImageProcessor } from "@menagerie/vision";
import { readGeneration } from "./adopt-generation.ts";
import { readProcessor } from "./adopt-processor.ts";
import { florenceConfigSchema } from "./florence-config.ts";
import { checkFlorenceGraphs, florenceGraphs, florenceSchemas } from "./florence-graphs.ts";

/** Reads a Florence-2 folder in the layout of the public conversions. */
export async function adoptFlorence(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const config = await folder.json("config.json", florenceConfigSchema);
  const { d_model, max_position_embeddings } = config.text_config;
  const graphs = await florenceGraphs(folder);
  const image = await readImageProcessor(folder, { type: /^CLIP/, unnamed: "CLIPImageProcessor" });
  const { result, preprocessing } = image;
  if (result === undefined)
    throw folder.refusal("preprocessor_config.json", "size", "must be a height and a width: the model takes one size");
  const vision = graphs.vision_encoder;
  const pixels = vision?.header.inputs.pixel_values;
  checkSize(folder, vision?.file ?? "", pixels?.shape.slice(2) ?? [], result);
  const { generation, tokens, words, findings } = await readGeneration(folder, config);
  checkFlorenceGraphs(folder, graphs, config.text_config, generation.num_beams ?? 1);
  const { banned_phrases, sentences, findings: ofProcessor } = await readProcessor(folder);
  const weights = Object.values(graphs).flatMap(({ artifacts }) => artifacts);
  const isHalf = pixels?.dtype === "float16";
  return {
    spec: {
      precision: vision?.precision ?? like.precision,
      local_artifacts: [...weights, ...words],
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
      parameters: { generation, tokens, max_positions: max_position_embeddings, banned_phrases, sentences },
    },
    findings: [
      image.finding,
      `${d_model} wide, ${max_position_embeddings} positions for a picture and its question (config.json)`,
      ...findings,
      ...ofProcessor,
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
