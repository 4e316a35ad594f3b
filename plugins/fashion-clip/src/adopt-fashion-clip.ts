import type { ModelSpec } from "@menagerie/core";
import { type AdoptedCheckpoint, adoptedRequirements, type CheckpointFolder } from "@menagerie/core/adopt";
import {
  type AdoptedGraph,
  adoptedGraph,
  checkTensors,
  checkTextEmbeddings,
  checkVisionEmbeddings,
  itemsAtATime,
  readTrainedScale,
} from "@menagerie/onnx";
import { adoptText } from "@menagerie/text";
import { type ImageProcessor, readImageProcessor } from "@menagerie/vision";
import { adoptSiglip } from "./adopt-fashion-siglip.ts";
import { type FashionClipConfig, fashionConfigSchema } from "./fashion-config.ts";
import { pictureSize } from "./picture-size.ts";

/** Reads a folder of either layout: FashionCLIP's one graph, or FashionSigLIP's two. `model_type` in config.json says which. */
export async function adoptFashionClip(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const config = await folder.json("config.json", fashionConfigSchema);
  const image = await readImageProcessor(folder, {
    type: /^(CLIP|Siglip)/,
    unnamed: config.model_type === "clip" ? "CLIPImageProcessor" : "SiglipImageProcessor",
  });
  return config.model_type === "clip"
    ? adoptClip(folder, like, config, image)
    : adoptSiglip(folder, like, config, image);
}

async function adoptClip(
  folder: CheckpointFolder,
  like: ModelSpec,
  config: FashionClipConfig,
  image: ImageProcessor,
): Promise<AdoptedCheckpoint> {
  const graph = await adoptedGraph(folder, "model");
  pictureSize(folder, image, config.vision_config.image_size);
  checkGraph(folder, graph, config);
  const { max_position_embeddings, vocab_size, eos_token_id } = config.text_config;
  const texts = await adoptText(folder, {
    vocabularySize: vocab_size,
    key: "text_config.vocab_size",
    endId: eos_token_id,
    positions: max_position_embeddings,
    sequence: graph.header.inputs.input_ids?.shape[1],
    padding: "longest",
  });
  checkTextEmbeddings(folder, graph, { positions: max_position_embeddings, vocabularySize: vocab_size });
  const scale = await scaleOf(folder, graph, config);
  const { text_cleaning: _cleaning, logit_scale: _scale, ...parameters } = like.parameters;
  // A run's first axes count pictures and texts, so no axis is that of a batch.
  const { batch_axis: _batchAxis, ...declaration } = graph.declaration;
  const requirements = adoptedRequirements(like, graph.artifacts);
  return {
    spec: {
      precision: graph.precision,
      local_artifacts: [...graph.artifacts, ...texts.artifacts],
      preprocessing: { image: image.preprocessing, text: texts.preprocessing },
      graphs: { model: declaration },
      input_schema: {},
      output_schema: {},
      resource_requirements: { ...requirements, max_batch: itemsAtATime([graph.header], requirements.max_batch) },
      parameters: { ...parameters, ...(scale.value === undefined ? {} : { logit_scale: scale.value }) },
    },
    findings: [
      image.finding,
      `context of ${texts.preprocessing.max_length} tokens, ${vocab_size} in the vocabulary (config.json)`,
      `${config.projection_dim} dimensions (config.json), weights ${graph.precision}, pictures and texts in one graph (${graph.file})`,
      `logit scale ${scale.value ?? "of the graph's own logits"} (${scale.source})`,
    ],
  };
}

function checkGraph(folder: CheckpointFolder, graph: AdoptedGraph, config: FashionClipConfig): void {
  const { projection_dim, text_config, vision_config } = config;
  const { input_ids, attention_mask } = graph.header.inputs;
  const length = input_ids?.shape[1];
  // An export that fixed the length of texts fixed it at no more than there are positions.
  const isFixed = typeof length === "number" && length <= text_config.max_position_embeddings;
  const texts = ["texts", isFixed ? length : "sequence"];
  checkTensors(folder, graph, {
    inputs: {
      pixel_values: ["images", 3, vision_config.image_size, vision_config.image_size],
      input_ids: texts,
      ...(attention_mask === undefined ? {} : { attention_mask: texts }),
    },
    outputs: { image_embeds: ["images", projection_dim], text_embeds: ["texts", projection_dim] },
  });
  checkVisionEmbeddings(folder, graph, vision_config.image_size);
}

/** One graph for both sides has the scale within; it need not be known before the graph is open. */
async function scaleOf(
  folder: CheckpointFolder,
  { header, file }: AdoptedGraph,
  { logit_scale_init_value }: FashionClipConfig,
): Promise<{ value: number | undefined; source: string }> {
  if (header.outputs.logits_per_image?.dtype === "float32")
    return { value: undefined, source: `logits_per_image in ${file}` };
  return readTrainedScale(folder, [header], logit_scale_init_value);
}
