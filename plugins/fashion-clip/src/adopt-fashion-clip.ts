import { type AdoptedCheckpoint, adoptedRequirements, type CheckpointFolder, type ModelSpec } from "@menagerie/core";
import { type AdoptedGraph, adoptedGraph, checkTensors, readTrainedScale } from "@menagerie/onnx";
import { adoptTokenizer } from "@menagerie/text";
import { type ImageProcessor, readImageProcessor } from "@menagerie/vision";
import {
  type FashionClipConfig,
  type FashionConfig,
  type FashionSiglipConfig,
  fashionConfigSchema,
} from "./fashion-config.ts";

/** Reads a folder of either layout: FashionCLIP's one graph, or FashionSigLIP's two. `model_type` in config.json says which. */
export async function adoptFashionClip(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const config = await folder.json("config.json", fashionConfigSchema);
  const image = await readImageProcessor(folder, {
    type: /^(CLIP|Siglip)/,
    unnamed: config.model_type === "clip" ? "CLIPImageProcessor" : "SiglipImageProcessor",
  });
  checkSize(folder, image, config);
  return config.model_type === "clip"
    ? adoptClip(folder, like, config, image)
    : adoptSiglip(folder, like, config, image);
}

async function adoptClip(
  folder: CheckpointFolder,
  like: ModelSpec,
  { projection_dim, logit_scale_init_value, text_config, vision_config }: FashionClipConfig,
  image: ImageProcessor,
): Promise<AdoptedCheckpoint> {
  const graph = await adoptedGraph(folder, "model");
  const texts = ["texts", "sequence"];
  const hasMask = graph.header.inputs.attention_mask !== undefined;
  checkTensors(folder, graph, {
    inputs: {
      pixel_values: ["images", 3, vision_config.image_size, vision_config.image_size],
      input_ids: texts,
      ...(hasMask ? { attention_mask: texts } : {}),
    },
    outputs: { image_embeds: ["images", projection_dim], text_embeds: ["texts", projection_dim] },
  });
  const { max_position_embeddings, vocab_size, eos_token_id } = text_config;
  const expected = { vocabularySize: vocab_size, key: "text_config.vocab_size", endId: eos_token_id };
  const tokenizer = await adoptTokenizer(folder, expected);
  const scale = await readTrainedScale(folder, [graph.header], logit_scale_init_value);
  const { text_cleaning: _cleaning, ...parameters } = like.parameters;
  // A run's first axes count pictures and texts, so no axis is that of a batch.
  const { batch_axis: _batchAxis, ...declaration } = graph.declaration;
  return {
    spec: {
      precision: graph.precision,
      local_artifacts: [...graph.artifacts, tokenizer],
      preprocessing: {
        image: image.preprocessing,
        text: {
          tokenizer: "tokenizer",
          max_length: max_position_embeddings,
          padding: "longest",
          pad_token_id: eos_token_id,
        },
      },
      graphs: { model: declaration },
      input_schema: {},
      output_schema: {},
      resource_requirements: adoptedRequirements(like, graph.artifacts),
      parameters: { ...parameters, logit_scale: scale.value },
    },
    findings: [
      image.finding,
      `context of ${max_position_embeddings} tokens, ${vocab_size} in the vocabulary (config.json)`,
      `${projection_dim} dimensions (config.json), weights ${graph.precision}, pictures and texts in one graph (${graph.file})`,
      `logit scale ${scale.value} (${scale.source})`,
    ],
  };
}

async function adoptSiglip(
  folder: CheckpointFolder,
  like: ModelSpec,
  { text_config, vision_config }: FashionSiglipConfig,
  image: ImageProcessor,
): Promise<AdoptedCheckpoint> {
  const vision = await adoptedGraph(folder, "vision_model");
  const text = await adoptedGraph(folder, "text_model");
  const { image_size, hidden_size: dimensions } = vision_config;
  const { max_position_embeddings, vocab_size, pad_token_id } = text_config;
  checkTower(folder, vision, { pixel_values: [3, image_size, image_size] }, "image_embeds", dimensions);
  checkTower(folder, text, { input_ids: [max_position_embeddings] }, "text_embeds", dimensions);
  // A text ends with what it is padded with, and padding is read like any other token.
  const expected = { vocabularySize: vocab_size, key: "text_config.vocab_size", endId: pad_token_id };
  const tokenizer = await adoptTokenizer(folder, expected);
  const weights = [...vision.artifacts, ...text.artifacts];
  return {
    spec: {
      precision: vision.precision,
      local_artifacts: [...weights, tokenizer],
      preprocessing: {
        image: image.preprocessing,
        text: { tokenizer: "tokenizer", max_length: max_position_embeddings, padding: "max_length", pad_token_id },
      },
      graphs: { vision_model: vision.declaration, text_model: text.declaration },
      input_schema: {},
      output_schema: {},
      resource_requirements: adoptedRequirements(like, weights),
      // Marqo's own examples take the softmax of 100 times the cosine, whatever scale and bias the sigmoid was trained with.
      parameters: { ...like.parameters, logit_scale: 100, text_cleaning: "canonicalize" },
    },
    findings: [
      image.finding,
      `texts cleaned as open_clip does, and padded to ${max_position_embeddings} tokens of ${vocab_size} (config.json)`,
      `${dimensions} dimensions (config.json), weights ${vision.precision} (${vision.file})`,
      "logit scale 100 (the model's card; a bias changes no softmax)",
    ],
  };
}

/** Conversions call a SigLIP's embeddings `pooler_output`, or by what they are of. */
function checkTower(
  folder: CheckpointFolder,
  tower: AdoptedGraph,
  input: Readonly<Record<string, readonly number[]>>,
  output: string,
  dimensions: number,
): void {
  const name = tower.header.outputs[output] === undefined ? "pooler_output" : output;
  // The tracer names the axis of tokens even where positions fix it.
  const inputs = Object.fromEntries(Object.entries(input).map(([key, shape]) => [key, ["batch", ...shape]]));
  checkTensors(folder, tower, { inputs, outputs: { [name]: ["batch", dimensions] } });
}

function checkSize(folder: CheckpointFolder, { result }: ImageProcessor, { vision_config }: FashionConfig): void {
  const { image_size } = vision_config;
  if (result?.width === image_size && result.height === image_size) return;
  const found = result === undefined ? "many sizes" : `${result.width} x ${result.height}`;
  throw folder.refusal(
    "preprocessor_config.json",
    "size",
    `pictures come out as ${found}, but the model takes ${image_size} x ${image_size} (config.json, vision_config.image_size)`,
  );
}
