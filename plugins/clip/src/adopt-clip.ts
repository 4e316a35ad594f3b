import { join } from "node:path";
import {
  type AdoptedCheckpoint,
  type ArtifactDeclaration,
  adoptedRequirements,
  type CheckpointFolder,
  type ModelSpec,
} from "@menagerie/core";
import { type AdoptedGraph, adoptedGraph } from "@menagerie/onnx";
import { Tokenizer } from "@menagerie/text";
import { type ClipConfig, clipConfigSchema } from "./clip-config.ts";
import { clipImagePreprocessing } from "./clip-image-processor.ts";
import { type LogitScale, readLogitScale } from "./clip-logit-scale.ts";

/** Reads a CLIP folder in the layout of the public conversions. */
export async function adoptClip(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const config = await folder.json("config.json", clipConfigSchema);
  const vision = await adoptedGraph(folder, "vision_model");
  const text = await adoptedGraph(folder, "text_model");
  const image = await clipImagePreprocessing(folder);
  const dimensions = checkGraphs(folder, config, vision, text, image.result);
  const tokenizer = await readTokenizer(folder, config);
  const scale = await readLogitScale(folder, config, [vision.header, text.header]);
  return {
    spec: {
      precision: vision.precision,
      local_artifacts: [...vision.artifacts, ...text.artifacts, tokenizer],
      preprocessing: {
        image: image.preprocessing,
        text: {
          tokenizer: "tokenizer",
          max_length: config.text_config.max_position_embeddings,
          padding: "longest",
          pad_token_id: config.text_config.eos_token_id,
        },
      },
      graphs: { vision_model: vision.declaration, text_model: text.declaration },
      input_schema: {
        vision_model: {
          pixel_values: { dtype: "float32", shape: ["batch", 3, image.result.height, image.result.width] },
        },
      },
      output_schema: {
        vision_model: { image_embeds: { dtype: "float32", shape: ["batch", dimensions] } },
        text_model: { text_embeds: { dtype: "float32", shape: ["batch", dimensions] } },
      },
      resource_requirements: adoptedRequirements(like, [...vision.artifacts, ...text.artifacts]),
      parameters: { ...like.parameters, logit_scale: scale.value },
    },
    findings: findings(config, vision, image.finding, scale, dimensions),
  };
}

/** Refuses graphs that do not fit each other or the processor. @returns the size of the common space */
function checkGraphs(
  folder: CheckpointFolder,
  config: ClipConfig,
  vision: AdoptedGraph,
  text: AdoptedGraph,
  size: { width: number; height: number },
): number {
  const expected = config.vision_config.image_size;
  if (size.width !== expected || size.height !== expected) {
    throw folder.refusal(
      "preprocessor_config.json",
      "crop_size",
      `pictures come out as ${size.width} x ${size.height}, but the vision tower takes ${expected} x ${expected} (config.json, vision_config.image_size)`,
    );
  }
  const tensors = [
    [vision, "inputs", "pixel_values"],
    [vision, "outputs", "image_embeds"],
    [text, "inputs", "input_ids"],
    [text, "outputs", "text_embeds"],
  ] as const;
  for (const [graph, side, name] of tensors) {
    if (graph.header[side][name] === undefined)
      throw folder.refusal(
        graph.file,
        name,
        `the graph has no such tensor among its ${side}: ${Object.keys(graph.header[side]).join(", ")}`,
      );
  }
  for (const [graph, name] of [
    [vision, "image_embeds"],
    [text, "text_embeds"],
  ] as const) {
    const size = graph.header.outputs[name]?.shape[1];
    if (typeof size === "number" && size !== config.projection_dim)
      throw folder.refusal(
        graph.file,
        name,
        `has ${size} dimensions, config.json says projection_dim ${config.projection_dim}`,
      );
  }
  const extra = Object.keys(text.header.inputs).filter((name) => !["input_ids", "attention_mask"].includes(name));
  if (extra.length > 0) throw folder.refusal(text.file, extra[0], "is an input that a CLIP text tower does not have");
  return config.projection_dim;
}

async function readTokenizer(folder: CheckpointFolder, config: ClipConfig): Promise<ArtifactDeclaration> {
  const artifact = await folder.artifact("tokenizer", "tokenizer.json");
  const tokenizer = await Tokenizer.read(join(folder.path, "tokenizer.json"));
  const { vocab_size, eos_token_id } = config.text_config;
  if (tokenizer.vocabularySize > vocab_size) {
    throw folder.refusal(
      "tokenizer.json",
      "model.vocab",
      `has ids up to ${tokenizer.vocabularySize - 1}, but the text tower knows ${vocab_size} (config.json, text_config.vocab_size)`,
    );
  }
  const last = tokenizer.encode("a").at(-1);
  if (last !== eos_token_id)
    throw folder.refusal(
      "tokenizer.json",
      "post_processor",
      `ends a text with the id ${last}, config.json says eos_token_id ${eos_token_id}`,
    );
  return artifact;
}

function findings(
  config: ClipConfig,
  vision: AdoptedGraph,
  image: string,
  scale: LogitScale,
  dimensions: number,
): string[] {
  return [
    image,
    `context of ${config.text_config.max_position_embeddings} tokens, ${config.text_config.vocab_size} in the vocabulary (config.json)`,
    `${dimensions} dimensions (config.json), weights ${vision.precision} (${vision.file})`,
    `logit scale ${scale.value} (${scale.source})`,
  ];
}
