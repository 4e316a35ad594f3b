import {
  type AdoptedCheckpoint,
  adoptedRequirements,
  type CheckpointFolder,
  type ModelSpec,
  type TensorDeclaration,
} from "@menagerie/core";
import {
  type AdoptedGraph,
  adoptedGraph,
  checkTensors,
  checkTextEmbeddings,
  checkVisionEmbeddings,
  itemsAtATime,
  readTrainedScale,
  type TrainedScale,
} from "@menagerie/onnx";
import { adoptText } from "@menagerie/text";
import { type ImageProcessor, readImageProcessor } from "@menagerie/vision";
import { type ClipConfig, clipConfigSchema } from "./clip-config.ts";

/** Reads a CLIP folder in the layout of the public conversions. */
export async function adoptClip(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const config = await folder.json("config.json", clipConfigSchema);
  const vision = await adoptedGraph(folder, "vision_model");
  const text = await adoptedGraph(folder, "text_model");
  const image = await readImageProcessor(folder, {
    type: /^CLIP(ImageProcessor|FeatureExtractor)/,
    unnamed: "CLIPImageProcessor",
  });
  checkSize(folder, image.result, config);
  const sequence = text.header.inputs.input_ids?.shape[1];
  checkGraphs(folder, config, vision, text);
  const dimensions = config.projection_dim;
  const { max_position_embeddings: positions, vocab_size, eos_token_id } = config.text_config;
  const texts = await adoptText(folder, {
    vocabularySize: vocab_size,
    key: "text_config.vocab_size",
    endId: eos_token_id,
    positions,
    sequence,
    padding: "longest",
  });
  checkTextEmbeddings(folder, text, { positions, vocabularySize: vocab_size });
  const scale = await readTrainedScale(folder, [vision.header, text.header], config.logit_scale_init_value);
  const weights = [...vision.artifacts, ...text.artifacts];
  const requirements = adoptedRequirements(like, weights);
  const { dtype } = vision.header.inputs.pixel_values as TensorDeclaration;
  const side = config.vision_config.image_size;
  const embeddings = (graph: AdoptedGraph, name: string) => ({
    [name]: { dtype: (graph.header.outputs[name] as TensorDeclaration).dtype, shape: ["batch", dimensions] },
  });
  return {
    spec: {
      precision: vision.precision,
      local_artifacts: [...weights, texts.artifact],
      preprocessing: { image: image.preprocessing, text: texts.preprocessing },
      graphs: { vision_model: vision.declaration, text_model: text.declaration },
      input_schema: { vision_model: { pixel_values: { dtype, shape: ["batch", 3, side, side] } } },
      output_schema: {
        vision_model: embeddings(vision, "image_embeds"),
        text_model: embeddings(text, "text_embeds"),
      },
      resource_requirements: {
        ...requirements,
        max_batch: itemsAtATime([vision.header, text.header], requirements.max_batch),
      },
      parameters: { ...like.parameters, logit_scale: scale.value },
    },
    findings: findings(config, vision, image.finding, scale, texts.preprocessing.max_length),
  };
}

/** Refuses a size of pictures that is not what the vision tower takes. */
function checkSize(folder: CheckpointFolder, size: ImageProcessor["result"], config: ClipConfig): void {
  const expected = config.vision_config.image_size;
  if (size === undefined)
    throw folder.refusal(
      "preprocessor_config.json",
      "do_center_crop",
      "is false, so pictures come out in many sizes; a CLIP takes one",
    );
  if (size.width === expected && size.height === expected) return;
  throw folder.refusal(
    "preprocessor_config.json",
    "crop_size",
    `pictures come out as ${size.width} x ${size.height}, but the vision tower takes ${expected} x ${expected} (config.json, vision_config.image_size)`,
  );
}

/** Refuses graphs that do not fit the configuration. */
function checkGraphs(
  folder: CheckpointFolder,
  { projection_dim, text_config, vision_config: { image_size } }: ClipConfig,
  vision: AdoptedGraph,
  text: AdoptedGraph,
): void {
  checkTensors(folder, vision, {
    inputs: { pixel_values: ["batch", 3, image_size, image_size] },
    outputs: { image_embeds: ["batch", projection_dim] },
  });
  const { input_ids, attention_mask } = text.header.inputs;
  const length = input_ids?.shape[1];
  // An export that fixed the length of texts fixed it at no more than there are positions.
  const isFixed = typeof length === "number" && length <= text_config.max_position_embeddings;
  const tokens = ["batch", isFixed ? length : "sequence"];
  checkTensors(folder, text, {
    inputs: { input_ids: tokens, ...(attention_mask === undefined ? {} : { attention_mask: tokens }) },
    outputs: { text_embeds: ["batch", projection_dim] },
  });
  checkVisionEmbeddings(folder, vision, image_size);
}

function findings(
  config: ClipConfig,
  vision: AdoptedGraph,
  image: string,
  scale: TrainedScale,
  length: number,
): string[] {
  return [
    image,
    `context of ${length} tokens, ${config.text_config.vocab_size} in the vocabulary (config.json)`,
    `${config.projection_dim} dimensions (config.json), weights ${vision.precision} (${vision.file})`,
    `logit scale ${scale.value} (${scale.source})`,
  ];
}
