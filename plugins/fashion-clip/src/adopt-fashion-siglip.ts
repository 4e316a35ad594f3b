import { type AdoptedCheckpoint, adoptedRequirements, type CheckpointFolder, type ModelSpec } from "@menagerie/core";
import { adoptedGraph, checkTensors, checkTextEmbeddings, itemsAtATime } from "@menagerie/onnx";
import { adoptText } from "@menagerie/text";
import type { ImageProcessor } from "@menagerie/vision";
import type { FashionSiglipConfig } from "./fashion-config.ts";
import { pictureSize } from "./picture-size.ts";
import { readSiglipSizes } from "./siglip-sizes.ts";

/** Reads a FashionSigLIP: two towers, whose texts are cleaned and padded before they are looked at. */
export async function adoptSiglip(
  folder: CheckpointFolder,
  like: ModelSpec,
  config: FashionSiglipConfig,
  image: ImageProcessor,
): Promise<AdoptedCheckpoint> {
  const vision = await adoptedGraph(folder, "vision_model");
  const text = await adoptedGraph(folder, "text_model");
  const { imageSize, dimensions, positions, vocabularySize, source, padId, cleaning } = await readSiglipSizes(
    folder,
    config,
    vision,
    text,
  );
  const side = pictureSize(folder, image, imageSize);
  const embeddings = ["batch", dimensions ?? "dimensions"];
  checkTensors(folder, vision, {
    inputs: { pixel_values: ["batch", 3, side, side] },
    outputs: { [outputOf(vision, "image_embeds")]: embeddings },
  });
  // The tracer names the axis of tokens even where positions fix it.
  checkTensors(folder, text, {
    inputs: { input_ids: ["batch", positions] },
    outputs: { [outputOf(text, "text_embeds")]: embeddings },
  });
  checkTextEmbeddings(folder, text, { positions, vocabularySize });
  const texts = await adoptText(folder, {
    vocabularySize,
    key: "text_config.vocab_size",
    positions,
    sequence: text.header.inputs.input_ids?.shape[1],
    // Padding is read like any other token.
    padding: "max_length",
    padId,
  });
  const weights = [...vision.artifacts, ...text.artifacts];
  const requirements = adoptedRequirements(like, weights);
  return {
    spec: {
      precision: vision.precision,
      local_artifacts: [...weights, texts.artifact],
      preprocessing: { image: image.preprocessing, text: texts.preprocessing },
      graphs: { vision_model: vision.declaration, text_model: text.declaration },
      input_schema: {},
      output_schema: {},
      resource_requirements: {
        ...requirements,
        max_batch: itemsAtATime([vision.header, text.header], requirements.max_batch),
      },
      // Marqo's own examples take the softmax of 100 times the cosine, whatever scale and bias the sigmoid was trained with.
      parameters: { ...like.parameters, logit_scale: 100, text_cleaning: cleaning },
    },
    findings: [
      image.finding,
      `texts cleaned as open_clip does (${cleaning}), and padded to ${positions} tokens of ${vocabularySize} (${source})`,
      `${dimensions === undefined ? "" : `${dimensions} dimensions (${source}), `}weights ${vision.precision} (${vision.file})`,
      "logit scale 100 (the model's card; a bias changes no softmax)",
    ],
  };
}

/** Conversions call a SigLIP's embeddings `pooler_output`, or by what they are of. */
function outputOf({ header }: { header: { outputs: Readonly<Record<string, unknown>> } }, name: string): string {
  return header.outputs[name] === undefined ? "pooler_output" : name;
}
