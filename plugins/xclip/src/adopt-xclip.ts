import type { ModelSpec, TensorDeclaration } from "@menagerie/core";
import { type AdoptedCheckpoint, adoptedRequirements, type CheckpointFolder } from "@menagerie/core/adopt";
import {
  type AdoptedGraph,
  adoptedGraph,
  checkTensors,
  checkTextEmbeddings,
  type ExpectedTensors,
  itemsAtATime,
} from "@menagerie/onnx";
import { adoptText } from "@menagerie/text";
import { readImageProcessor, type Size } from "@menagerie/vision";
import { type XclipConfig, xclipConfigSchema } from "./xclip-config.ts";

/** Reads an X-CLIP folder: one graph, beside the files of the original checkpoint. */
export async function adoptXclip(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const config = await folder.json("config.json", xclipConfigSchema);
  // The class's own mean and deviation are 0.5; published checkpoints say ImageNet's in their file, which is what counts.
  const image = await readImageProcessor(folder, { type: /^VideoMAE/ });
  checkSize(folder, image.result, config);
  const graph = await adoptedGraph(folder, "model");
  checkTensors(folder, graph, tensorsOf(config, graph));
  const { dtype } = graph.header.inputs.pixel_values as TensorDeclaration;
  const { num_frames, image_size } = config.vision_config;
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
  // A run's first axes count videos and texts, so no axis is that of a batch.
  const { batch_axis: _batchAxis, ...declaration } = graph.declaration;
  const requirements = adoptedRequirements(like, graph.artifacts);
  return {
    spec: {
      precision: graph.precision,
      local_artifacts: [...graph.artifacts, ...texts.artifacts],
      preprocessing: {
        image: dtype === "float16" ? { ...image.preprocessing, dtype } : image.preprocessing,
        text: texts.preprocessing,
      },
      graphs: { model: declaration },
      input_schema: {
        model: {
          pixel_values: { dtype, shape: ["videos", num_frames, 3, image_size, image_size] },
          ...declaredTokens(graph),
        },
      },
      output_schema: {
        model: {
          logits_per_video: { dtype, shape: ["videos", "texts"] },
          video_embeds: { dtype, shape: ["videos", config.projection_dim] },
          text_embeds: { dtype, shape: ["videos", "texts", config.projection_dim] },
        },
      },
      resource_requirements: { ...requirements, max_batch: itemsAtATime([graph.header], requirements.max_batch) },
      parameters: { ...like.parameters, frames: num_frames },
    },
    findings: [
      image.finding,
      `${num_frames} frames of each video (config.json)`,
      `context of ${texts.preprocessing.max_length} tokens, ${vocab_size} in the vocabulary (config.json)`,
      `${config.projection_dim} dimensions (config.json), weights ${graph.precision} (${graph.file})`,
    ],
  };
}

function checkSize(folder: CheckpointFolder, size: Size | undefined, { vision_config }: XclipConfig): void {
  const { image_size } = vision_config;
  if (size?.width === image_size && size.height === image_size) return;
  const found = size === undefined ? "many sizes" : `${size.width} x ${size.height}`;
  throw folder.refusal(
    "preprocessor_config.json",
    "crop_size",
    `frames come out as ${found}, but the model takes ${image_size} x ${image_size} (config.json, vision_config.image_size)`,
  );
}

/** Tokens as the graph takes them, its own axes under our names. */
function declaredTokens({ header }: AdoptedGraph): Record<string, TensorDeclaration> {
  return Object.fromEntries(
    ["input_ids", "attention_mask"].flatMap((name) => {
      const tensor = header.inputs[name];
      return tensor === undefined ? [] : [[name, { dtype: tensor.dtype, shape: ["texts", "sequence"] }]];
    }),
  );
}

/** The graph's tensors as the configuration has them. */
function tensorsOf(
  { vision_config: { num_frames, image_size }, text_config, projection_dim }: XclipConfig,
  { header: { inputs } }: AdoptedGraph,
): ExpectedTensors {
  const length = inputs.input_ids?.shape[1];
  // An export that fixed the length of texts fixed it at no more than there are positions.
  const isFixed = typeof length === "number" && length <= text_config.max_position_embeddings;
  const texts = ["texts", isFixed ? length : "sequence"];
  return {
    inputs: {
      pixel_values: ["videos", num_frames, 3, image_size, image_size],
      input_ids: texts,
      ...(inputs.attention_mask === undefined ? {} : { attention_mask: texts }),
    },
    outputs: {
      logits_per_video: ["videos", "texts"],
      video_embeds: ["videos", projection_dim],
      text_embeds: ["videos", "texts", projection_dim],
    },
  };
}
