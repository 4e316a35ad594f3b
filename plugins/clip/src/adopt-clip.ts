import { type AdoptedCheckpoint, adoptedRequirements, type CheckpointFolder, type ModelSpec } from "@menagerie/core";
import { type AdoptedGraph, adoptedGraph, readTrainedScale, type TrainedScale } from "@menagerie/onnx";
import { adoptTokenizer } from "@menagerie/text";
import { type ImageProcessor, readImageProcessor, type Size } from "@menagerie/vision";
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
  const size = sizeOf(folder, image.result, config);
  checkGraphs(folder, config, vision, text);
  const dimensions = config.projection_dim;
  const tokenizer = await adoptTokenizer(folder, {
    vocabularySize: config.text_config.vocab_size,
    key: "text_config.vocab_size",
    endId: config.text_config.eos_token_id,
  });
  const scale = await readTrainedScale(folder, [vision.header, text.header], config.logit_scale_init_value);
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
          pixel_values: { dtype: "float32", shape: ["batch", 3, size.height, size.width] },
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

/** The size that pictures come out in. Refused where that is not what the vision tower takes. */
function sizeOf(folder: CheckpointFolder, size: ImageProcessor["result"], config: ClipConfig): Size {
  const expected = config.vision_config.image_size;
  if (size === undefined)
    throw folder.refusal(
      "preprocessor_config.json",
      "do_center_crop",
      "is false, so pictures come out in many sizes; a CLIP takes one",
    );
  if (size.width === expected && size.height === expected) return size;
  throw folder.refusal(
    "preprocessor_config.json",
    "crop_size",
    `pictures come out as ${size.width} x ${size.height}, but the vision tower takes ${expected} x ${expected} (config.json, vision_config.image_size)`,
  );
}

/** Refuses graphs that do not fit each other or the configuration. */
function checkGraphs(folder: CheckpointFolder, config: ClipConfig, vision: AdoptedGraph, text: AdoptedGraph): void {
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
}

function findings(
  config: ClipConfig,
  vision: AdoptedGraph,
  image: string,
  scale: TrainedScale,
  dimensions: number,
): string[] {
  return [
    image,
    `context of ${config.text_config.max_position_embeddings} tokens, ${config.text_config.vocab_size} in the vocabulary (config.json)`,
    `${dimensions} dimensions (config.json), weights ${vision.precision} (${vision.file})`,
    `logit scale ${scale.value} (${scale.source})`,
  ];
}
