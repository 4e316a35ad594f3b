import type { ModelSpec, TensorDeclaration } from "@menagerie/core";
import { type AdoptedCheckpoint, adoptedRequirements, type CheckpointFolder } from "@menagerie/core/adopt";
import {
  type AdoptedGraph,
  checkTensors,
  checkTextEmbeddings,
  checkVisionEmbeddings,
  type ExpectedTensors,
  itemsAtATime,
  type PictureTextGraphs,
  pictureTextGraphs,
  readTrainedScale,
  withUsualNames,
} from "@menagerie/onnx";
import { type AdoptedText, adoptText } from "@menagerie/text";
import { type ImageProcessor, readImageProcessor } from "@menagerie/vision";
import { type ClipConfig, clipConfigSchema } from "./clip-config.ts";
import { openClipFile, readOpenClip } from "./open-clip-config.ts";

/**
 * Reads a CLIP folder in the layout of the public conversions: two graphs, one of both sides, or one side alone, which then
 * answers its own tasks only.
 */
export async function adoptClip(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const graphs = await clipGraphs(folder);
  const { config, image: own, source } = await configOf(folder, graphs);
  const pictures = graphs.whole ?? graphs.vision;
  const texts = graphs.whole ?? graphs.text;
  const image =
    pictures === undefined ? undefined : await adoptPictures(folder, { config, image: own, source }, graphs, pictures);
  const text = texts === undefined ? undefined : await adoptTexts(folder, config, graphs, texts);
  const all = [pictures, texts].filter(
    (graph, i, list) => graph !== undefined && list.indexOf(graph) === i,
  ) as AdoptedGraph[];
  const headers = all.map(({ header }) => header);
  const weights = all.flatMap(({ artifacts }) => artifacts);
  const requirements = adoptedRequirements(like, weights);
  const scale = image === undefined || text === undefined ? undefined : await scaleOf(folder, graphs, config);
  const { logit_scale: _scale, text_cleaning: _cleaning, ...parameters } = like.parameters;
  return {
    spec: {
      ...(image === undefined || text === undefined
        ? { tasks: image === undefined ? ["embed-text"] : ["embed-image"] }
        : {}),
      precision: (all[0] as AdoptedGraph).precision,
      local_artifacts: [...weights, ...(text?.artifacts ?? [])],
      preprocessing: {
        ...(image === undefined ? {} : { image: image.preprocessing }),
        ...(text === undefined ? {} : { text: text.preprocessing }),
      },
      graphs: declarations(graphs),
      ...schemas(config, graphs),
      resource_requirements: { ...requirements, max_batch: itemsAtATime(headers, requirements.max_batch) },
      parameters: {
        ...parameters,
        ...(scale?.value === undefined ? {} : { logit_scale: scale.value }),
        ...(own === undefined || text === undefined ? {} : { text_cleaning: "lower" }),
      },
    },
    findings: [
      ...(image === undefined ? [] : [image.finding]),
      ...(text === undefined
        ? []
        : [
            `context of ${text.preprocessing.max_length} tokens, ${config.text_config.vocab_size} in the vocabulary (${source})`,
            ...(own === undefined ? [] : ["texts are cleaned as open_clip does (lower)"]),
          ]),
      `${config.projection_dim} dimensions (${source}), weights ${all[0]?.precision} (${all[0]?.file}${all.length > 1 || graphs.whole === undefined ? "" : ", pictures and texts in one graph"})`,
      ...(scale === undefined ? [] : [`logit scale ${scale.value ?? "of the graph's own logits"} (${scale.source})`]),
    ],
    assumptions: loneTower(graphs),
  };
}

/** The graphs, their tensors under the usual names where an export called its only ones otherwise. */
async function clipGraphs(folder: CheckpointFolder): Promise<PictureTextGraphs> {
  const { whole, vision, text } = await pictureTextGraphs(folder);
  if (whole !== undefined) return { whole };
  return {
    ...(vision === undefined
      ? {}
      : { vision: withUsualNames(vision, { input: "pixel_values", output: "image_embeds" }) }),
    ...(text === undefined ? {} : { text: withUsualNames(text, { input: "input_ids", output: "text_embeds" }) }),
  };
}

interface FoundConfig {
  readonly config: ClipConfig;
  /** How pictures are prepared, where the same file says it. */
  readonly image?: ImageProcessor | undefined;
  readonly source: string;
}

/** transformers' config.json, or what open_clip's own checkpoints have in its place. */
async function configOf(folder: CheckpointFolder, { whole, text }: PictureTextGraphs): Promise<FoundConfig> {
  const source = (await folder.has("config.json")) || !(await folder.has(openClipFile)) ? "config.json" : openClipFile;
  if (source === "config.json") return { config: await folder.json(source, clipConfigSchema), source };
  return { ...(await readOpenClip(folder, whole !== undefined || text !== undefined)), source };
}

async function adoptPictures(
  folder: CheckpointFolder,
  { config, image: own, source }: FoundConfig,
  { whole }: PictureTextGraphs,
  graph: AdoptedGraph,
): Promise<ImageProcessor> {
  const image =
    own ??
    (await readImageProcessor(folder, {
      type: /^CLIP(ImageProcessor|FeatureExtractor)/,
      unnamed: "CLIPImageProcessor",
    }));
  checkSize(folder, image.result, config, source);
  const images = whole === undefined ? "batch" : "images";
  const side = config.vision_config.image_size;
  checkProjected(folder, graph, "image_embeds", "CLIPVisionModelWithProjection");
  checkTensors(folder, graph, {
    inputs: {
      pixel_values: [images, 3, side, side],
      ...(whole === undefined ? {} : tokenShapes(config, graph, "texts")),
    },
    outputs: { image_embeds: [images, config.projection_dim] },
  });
  checkVisionEmbeddings(folder, graph, side);
  return image;
}

async function adoptTexts(
  folder: CheckpointFolder,
  config: ClipConfig,
  { whole }: PictureTextGraphs,
  graph: AdoptedGraph,
): Promise<AdoptedText> {
  const { max_position_embeddings: positions, vocab_size: vocabularySize, eos_token_id: endId } = config.text_config;
  const texts = whole === undefined ? "batch" : "texts";
  checkProjected(folder, graph, "text_embeds", "CLIPTextModelWithProjection");
  const side = config.vision_config.image_size;
  checkTensors(folder, graph, {
    inputs: {
      ...tokenShapes(config, graph, texts),
      ...(whole === undefined ? {} : { pixel_values: ["images", 3, side, side] }),
    },
    outputs: { text_embeds: [texts, config.projection_dim] },
  });
  const adopted = await adoptText(folder, {
    ...{ vocabularySize, key: "text_config.vocab_size", endId, positions, padding: "longest" },
    sequence: graph.header.inputs.input_ids?.shape[1],
  });
  checkTextEmbeddings(folder, graph, { positions, vocabularySize });
  return adopted;
}

/** Refuses a tower that ends before its projection: what it gives lies in no common space. */
function checkProjected(folder: CheckpointFolder, graph: AdoptedGraph, output: string, model: string): void {
  const { outputs } = graph.header;
  const own = "pooler_output" in outputs ? "pooler_output" : "last_hidden_state";
  if (output in outputs || !(own in outputs)) return;
  throw folder.refusal(
    graph.file,
    own,
    `is what the tower has before its projection, and ${output} is not there. Export ${model}, or the whole CLIPModel`,
  );
}

/** Tokens as the graph takes them: an export that fixed the length of texts fixed it at no more than there are positions. */
function tokenShapes(
  { text_config }: ClipConfig,
  { header: { inputs } }: AdoptedGraph,
  axis: string,
): ExpectedTensors["inputs"] {
  const length = inputs.input_ids?.shape[1];
  const isFixed = typeof length === "number" && length <= text_config.max_position_embeddings;
  const tokens = [axis, isFixed ? length : "sequence"];
  return { input_ids: tokens, ...(inputs.attention_mask === undefined ? {} : { attention_mask: tokens }) };
}

/** One graph for both sides has the scale within; it need not be known before the graph is open. */
async function scaleOf(
  folder: CheckpointFolder,
  { whole, vision, text }: PictureTextGraphs,
  { logit_scale_init_value: start }: ClipConfig,
): Promise<{ readonly value: number | undefined; readonly source: string }> {
  if (whole?.header.outputs.logits_per_image?.dtype === "float32")
    return { value: undefined, source: `logits_per_image in ${whole.file}` };
  const headers = [whole, vision, text].flatMap((graph) => (graph === undefined ? [] : [graph.header]));
  return readTrainedScale(folder, headers, start);
}

function declarations({ whole, vision, text }: PictureTextGraphs): ModelSpec["graphs"] {
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

function schemas(
  { projection_dim, vision_config: { image_size: side } }: ClipConfig,
  { whole, vision, text }: PictureTextGraphs,
): Pick<ModelSpec, "input_schema" | "output_schema"> {
  if (whole !== undefined) return { input_schema: {}, output_schema: {} };
  const dtypeOf = (tensors: AdoptedGraph["header"]["outputs"], name: string) =>
    (tensors[name] as TensorDeclaration).dtype;
  const isUsual = (graph: AdoptedGraph | undefined): graph is AdoptedGraph => graph !== undefined && !graph.isRenamed;
  return {
    input_schema: isUsual(vision)
      ? {
          vision_model: {
            pixel_values: { dtype: dtypeOf(vision.header.inputs, "pixel_values"), shape: ["batch", 3, side, side] },
          },
        }
      : {},
    output_schema: Object.fromEntries(
      [["vision_model", "image_embeds", vision] as const, ["text_model", "text_embeds", text] as const].flatMap(
        ([name, output, graph]) =>
          isUsual(graph)
            ? [[name, { [output]: { dtype: dtypeOf(graph.header.outputs, output), shape: ["batch", projection_dim] } }]]
            : [],
      ),
    ),
  };
}

function loneTower({ whole, vision, text }: PictureTextGraphs): string[] {
  if (whole !== undefined || (vision !== undefined && text !== undefined)) return [];
  const [has, lacks, task] =
    vision === undefined ? ["texts", "pictures", "embed-text"] : ["pictures", "texts", "embed-image"];
  return [`the tower of ${has} alone is meant: there is no graph of ${lacks}, so it answers ${task} and nothing else`];
}

/** Refuses a size of pictures that is not what the vision tower takes. */
function checkSize(folder: CheckpointFolder, size: ImageProcessor["result"], config: ClipConfig, source: string): void {
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
    `pictures come out as ${size.width} x ${size.height}, but the vision tower takes ${expected} x ${expected} (${source}, vision_config.image_size)`,
  );
}
