import type { ModelSpec } from "@menagerie/core";
import { type AdoptedCheckpoint, adoptedRequirements, type CheckpointFolder } from "@menagerie/core/adopt";
import {
  type AdoptedGraph,
  checkTensors,
  checkTextEmbeddings,
  itemsAtATime,
  pictureTextGraphs,
  withUsualNames,
} from "@menagerie/onnx";
import { type AdoptedText, adoptText } from "@menagerie/text";
import type { ImageProcessor } from "@menagerie/vision";
import type { FashionSiglipConfig } from "./fashion-config.ts";
import { pictureSize } from "./picture-size.ts";
import { readSiglipSizes, type SiglipSizes } from "./siglip-sizes.ts";

/**
 * Reads a FashionSigLIP, whose texts are cleaned and padded before they are looked at: two towers, both in one graph, or one
 * of them alone, which then answers its own tasks only.
 */
export async function adoptSiglip(
  folder: CheckpointFolder,
  like: ModelSpec,
  config: FashionSiglipConfig,
  image: ImageProcessor,
): Promise<AdoptedCheckpoint> {
  const { whole, ...towers } = await pictureTextGraphs(folder);
  const vision =
    whole ?? (towers.vision && withUsualNames(towers.vision, { input: "pixel_values", output: "image_embeds" }));
  const text = whole ?? (towers.text && withUsualNames(towers.text, { input: "input_ids", output: "text_embeds" }));
  const sizes = await readSiglipSizes(folder, config, vision, text);
  const { dimensions, positions, vocabularySize, source, cleaning } = sizes;
  if (vision !== undefined) checkVision(folder, vision, sizes, pictureSize(folder, image, sizes.imageSize), whole);
  const texts = text === undefined ? undefined : await adoptTexts(folder, text, sizes, whole);
  const all = [vision, text].filter(
    (graph, i, list) => graph !== undefined && list.indexOf(graph) === i,
  ) as AdoptedGraph[];
  const weights = all.flatMap(({ artifacts }) => artifacts);
  const requirements = adoptedRequirements(like, weights);
  const [first] = all as [AdoptedGraph];
  const lone = vision === undefined ? "texts" : text === undefined ? "pictures" : undefined;
  return {
    spec: {
      ...(lone === undefined ? {} : { tasks: [lone === "texts" ? "embed-text" : "embed-image"] }),
      precision: first.precision,
      local_artifacts: [...weights, ...(texts?.artifacts ?? [])],
      preprocessing: {
        ...(vision === undefined ? {} : { image: image.preprocessing }),
        ...(texts === undefined ? {} : { text: texts.preprocessing }),
      },
      graphs: declarations(whole, vision, text),
      input_schema: {},
      output_schema: {},
      resource_requirements: {
        ...requirements,
        max_batch: itemsAtATime(
          all.map(({ header }) => header),
          requirements.max_batch,
        ),
      },
      // Marqo's own examples take the softmax of 100 times the cosine, whatever scale and bias the sigmoid was trained with.
      parameters: { ...like.parameters, logit_scale: 100, text_cleaning: cleaning },
    },
    findings: [
      ...(vision === undefined ? [] : [image.finding]),
      ...(text === undefined
        ? []
        : [
            `texts cleaned as open_clip does (${cleaning}), and padded to ${positions} tokens of ${vocabularySize} (${source})`,
          ]),
      `${dimensions === undefined ? "" : `${dimensions} dimensions (${source}), `}weights ${first.precision} (${first.file})`,
      ...(lone === undefined ? ["logit scale 100 (the model's card; a bias changes no softmax)"] : []),
    ],
    assumptions:
      lone === undefined ? [] : [`the tower of ${lone} alone is meant: the folder has no graph of the other side`],
  };
}

/** A graph of both sides has the tensors of both. */
function sidesOf(graph: AdoptedGraph, whole: AdoptedGraph | undefined, side: number | string, positions: number) {
  const axis = whole === undefined ? "batch" : "texts";
  const pictures = { pixel_values: [whole === undefined ? "batch" : "images", 3, side, side] };
  const texts = {
    // The tracer names the axis of tokens even where positions fix it.
    input_ids: [axis, positions],
    ...(graph.header.inputs.attention_mask === undefined ? {} : { attention_mask: [axis, positions] }),
  };
  return whole === undefined
    ? { pictures, texts }
    : { pictures: { ...pictures, ...texts }, texts: { ...pictures, ...texts } };
}

function checkVision(
  folder: CheckpointFolder,
  vision: AdoptedGraph,
  { dimensions, positions }: SiglipSizes,
  side: number,
  whole: AdoptedGraph | undefined,
): void {
  checkTensors(folder, vision, {
    inputs: sidesOf(vision, whole, side, positions).pictures,
    outputs: {
      [outputOf(vision, "image_embeds")]: [whole === undefined ? "batch" : "images", dimensions ?? "dimensions"],
    },
  });
}

async function adoptTexts(
  folder: CheckpointFolder,
  text: AdoptedGraph,
  { dimensions, positions, vocabularySize, padId }: SiglipSizes,
  whole: AdoptedGraph | undefined,
): Promise<AdoptedText> {
  if (whole === undefined)
    checkTensors(folder, text, {
      inputs: sidesOf(text, whole, "side", positions).texts,
      outputs: { [outputOf(text, "text_embeds")]: ["batch", dimensions ?? "dimensions"] },
    });
  checkTextEmbeddings(folder, text, { positions, vocabularySize });
  return adoptText(folder, {
    ...{ vocabularySize, key: "text_config.vocab_size", positions, padId },
    sequence: text.header.inputs.input_ids?.shape[1],
    // Padding is read like any other token.
    padding: "max_length",
  });
}

function declarations(
  whole: AdoptedGraph | undefined,
  vision: AdoptedGraph | undefined,
  text: AdoptedGraph | undefined,
): ModelSpec["graphs"] {
  if (whole !== undefined) {
    // A run's first axes count pictures and texts, so no axis is that of a batch.
    const { batch_axis: _axis, ...declaration } = whole.declaration;
    return { model: declaration };
  }
  return {
    ...(vision === undefined ? {} : { vision_model: vision.declaration }),
    ...(text === undefined ? {} : { text_model: text.declaration }),
  };
}

/** Conversions call a SigLIP's embeddings `pooler_output`, or by what they are of. */
function outputOf({ header }: { header: { outputs: Readonly<Record<string, unknown>> } }, name: string): string {
  return header.outputs[name] === undefined ? "pooler_output" : name;
}
