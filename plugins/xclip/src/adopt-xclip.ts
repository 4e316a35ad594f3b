import {
  type AdoptedCheckpoint,
  adoptedRequirements,
  type CheckpointFolder,
  type ModelSpec,
  type TensorDeclaration,
} from "@menagerie/core";
import { adoptedGraph, checkTensors, type ExpectedTensors } from "@menagerie/onnx";
import { adoptTokenizer } from "@menagerie/text";
import { readImageProcessor, type Size } from "@menagerie/vision";
import { type XclipConfig, xclipConfigSchema } from "./xclip-config.ts";

/** Reads an X-CLIP folder: one graph, beside the files of the original checkpoint. */
export async function adoptXclip(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const config = await folder.json("config.json", xclipConfigSchema);
  // The class's own mean and deviation are 0.5; published checkpoints say ImageNet's in their file, which is what counts.
  const image = await readImageProcessor(folder, { type: /^VideoMAE/ });
  checkSize(folder, image.result, config);
  const graph = await adoptedGraph(folder, "model");
  checkTensors(folder, graph, tensorsOf(config));
  const { dtype } = graph.header.inputs.pixel_values as TensorDeclaration;
  const { num_frames, image_size } = config.vision_config;
  const { max_position_embeddings, vocab_size, eos_token_id } = config.text_config;
  const tokenizer = await adoptTokenizer(folder, {
    vocabularySize: vocab_size,
    key: "text_config.vocab_size",
    endId: eos_token_id,
  });
  // A run's first axes count videos and texts, so no axis is that of a batch.
  const { batch_axis: _batchAxis, ...declaration } = graph.declaration;
  const ids: TensorDeclaration = { dtype: "int64", shape: ["texts", "sequence"] };
  return {
    spec: {
      precision: graph.precision,
      local_artifacts: [...graph.artifacts, tokenizer],
      preprocessing: {
        image: dtype === "float16" ? { ...image.preprocessing, dtype } : image.preprocessing,
        text: {
          tokenizer: "tokenizer",
          max_length: max_position_embeddings,
          padding: "longest",
          pad_token_id: eos_token_id,
        },
      },
      graphs: { model: declaration },
      input_schema: {
        model: {
          pixel_values: { dtype, shape: ["videos", num_frames, 3, image_size, image_size] },
          input_ids: ids,
          attention_mask: ids,
        },
      },
      output_schema: {
        model: {
          logits_per_video: { dtype, shape: ["videos", "texts"] },
          video_embeds: { dtype, shape: ["videos", config.projection_dim] },
          text_embeds: { dtype, shape: ["videos", "texts", config.projection_dim] },
        },
      },
      resource_requirements: adoptedRequirements(like, graph.artifacts),
      parameters: { ...like.parameters, frames: num_frames },
    },
    findings: [
      image.finding,
      `${num_frames} frames of each video (config.json)`,
      `context of ${max_position_embeddings} tokens, ${vocab_size} in the vocabulary (config.json)`,
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

/** The graph's tensors as the configuration has them. */
function tensorsOf({ vision_config: { num_frames, image_size }, projection_dim }: XclipConfig): ExpectedTensors {
  const texts = ["texts", "sequence"];
  return {
    inputs: {
      pixel_values: ["videos", num_frames, 3, image_size, image_size],
      input_ids: texts,
      attention_mask: texts,
    },
    outputs: {
      logits_per_video: ["videos", "texts"],
      video_embeds: ["videos", projection_dim],
      text_embeds: ["videos", "texts", projection_dim],
    },
  };
}
