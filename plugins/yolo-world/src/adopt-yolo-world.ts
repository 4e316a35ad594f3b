import { join } from "node:path";
import {
  type AdoptedCheckpoint,
  type ArtifactDeclaration,
  adoptedRequirements,
  type CheckpointFolder,
  type ImagePreprocessing,
  type ModelError,
  type ModelSpec,
  type TensorDeclaration,
  type TextPreprocessing,
} from "@menagerie/core";
import { type AdoptedGraph, adoptedGraph } from "@menagerie/onnx";
import { Tokenizer } from "@menagerie/text";
import { type YoloMetadata, yoloMetadata, yoloPreprocessing } from "@menagerie/vision";
import { textConfigSchema } from "./text-config.ts";

/** Reads a folder with a YOLO-World's graph, `model.onnx`, and the text tower beside it where the graph takes a vocabulary. */
export async function adoptYoloWorld(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const graph = await adoptedGraph(folder, "model");
  const metadata = readMetadata(folder, graph);
  const images = tensorOf(folder, graph, "inputs", "images");
  tensorOf(folder, graph, "outputs", "output0");
  const { image, size } = prepared(folder, graph, images, metadata);
  const features = graph.header.inputs.txt_feats;
  const shared = {
    precision: graph.precision,
    parameters: { ...like.parameters },
  };
  const pictures = `pictures: letterbox of ${size} px, weights ${graph.precision} (${graph.file})`;
  const schema = { images: declared(images), ...(features === undefined ? {} : { txt_feats: declared(features) }) };
  if (features === undefined) {
    const names = bakedNames(folder, graph, metadata);
    return {
      spec: {
        ...shared,
        local_artifacts: [...graph.artifacts],
        preprocessing: { image },
        graphs: { model: withoutBatch(graph) },
        input_schema: { model: schema },
        output_schema: {},
        resource_requirements: adoptedRequirements(like, graph.artifacts),
        labels: [...names],
      },
      findings: [pictures, `${names.length} labels baked in: ${names.join(", ")} (metadata of ${graph.file})`],
    };
  }
  const text = await readText(folder, graph, features);
  const artifacts = [...graph.artifacts, ...text.tower.artifacts];
  return {
    spec: {
      ...shared,
      local_artifacts: [...artifacts, text.tokenizer],
      preprocessing: { image, text: text.preprocessing },
      graphs: { model: withoutBatch(graph), text_model: text.tower.declaration },
      input_schema: { model: schema },
      output_schema: {},
      resource_requirements: adoptedRequirements(like, artifacts),
      ...(like.labels === undefined ? {} : { labels: like.labels }),
    },
    findings: [
      pictures,
      `labels are asked at run time: ${text.dimensions} dimensions, at most ${text.preprocessing.max_length} tokens (${text.tower.file}, config.json)`,
    ],
  };
}

/** Pictures go in one by one. */
function withoutBatch({ declaration: { batch_axis: _, ...declaration } }: AdoptedGraph): ModelSpec["graphs"][string] {
  return declaration;
}

/** Names of free axes are the exporter's, and not always such as a spec may have. */
function declared({ dtype, shape }: TensorDeclaration): TensorDeclaration {
  return { dtype, shape: shape.map((axis, i) => (typeof axis === "number" ? axis : `axis_${i}`)) };
}

function readMetadata(folder: CheckpointFolder, { file, header }: AdoptedGraph): YoloMetadata {
  let metadata: YoloMetadata;
  try {
    metadata = yoloMetadata(header.metadata);
  } catch (error) {
    const { message, details } = error as ModelError;
    throw folder.refusal(file, String(details.key), message.replace(/\.$/, ""), error);
  }
  const { task, isEndToEnd } = metadata;
  if (task !== undefined && task !== "detect")
    throw folder.refusal(file, "task", `is "${task}"; a model whose task is "detect" is needed`);
  if (isEndToEnd)
    throw folder.refusal(file, "end2end", "is True: the graph suppresses overlaps itself; export it without");
  return metadata;
}

function tensorOf(
  folder: CheckpointFolder,
  { file, header }: AdoptedGraph,
  side: "inputs" | "outputs",
  name: string,
): TensorDeclaration {
  const tensor = header[side][name];
  if (tensor !== undefined) return tensor;
  const there = Object.keys(header[side]).join(", ");
  throw folder.refusal(file, name, `the graph has no such tensor among its ${side}: ${there}`);
}

function prepared(
  folder: CheckpointFolder,
  { file }: AdoptedGraph,
  images: TensorDeclaration,
  metadata: YoloMetadata,
): { image: ImagePreprocessing; size: string } {
  const image = yoloPreprocessing(images.shape, metadata);
  if (image === undefined)
    throw folder.refusal(file, "imgsz", "is not in the metadata, and the input's sides are free");
  const { width, height } = image.resize.letterbox;
  return { image: images.dtype === "float16" ? { ...image, dtype: "float16" } : image, size: `${width} x ${height}` };
}

function bakedNames(
  folder: CheckpointFolder,
  { file, header }: AdoptedGraph,
  { names }: YoloMetadata,
): readonly string[] {
  if (names === undefined)
    throw folder.refusal(file, "names", "is not in the metadata, and the graph takes no vocabulary (txt_feats)");
  const rows = header.outputs.output0?.shape[1];
  if (typeof rows === "number" && rows !== 4 + names.length)
    throw folder.refusal(
      file,
      "output0",
      `has ${rows} rows; four edges and ${names.length} labels make ${4 + names.length}`,
    );
  return names;
}

interface TextSide {
  readonly tower: AdoptedGraph;
  readonly tokenizer: ArtifactDeclaration;
  readonly preprocessing: TextPreprocessing;
  readonly dimensions: number;
}

async function readText(folder: CheckpointFolder, graph: AdoptedGraph, features: TensorDeclaration): Promise<TextSide> {
  const tower = await adoptedGraph(folder, "text_model");
  tensorOf(folder, tower, "inputs", "input_ids");
  const { shape } = tensorOf(folder, tower, "outputs", "text_embeds");
  const dimensions = features.shape[2];
  if (typeof dimensions !== "number" || features.shape.length !== 3)
    throw folder.refusal(graph.file, "txt_feats", `is [${features.shape.join(", ")}], [1, labels, 512] was expected`);
  if (typeof shape[1] === "number" && shape[1] !== dimensions)
    throw folder.refusal(
      tower.file,
      "text_embeds",
      `has ${shape[1]} dimensions, ${graph.file} takes ${dimensions} (txt_feats)`,
    );
  const config = await folder.json("config.json", textConfigSchema);
  const tokenizer = await folder.artifact("tokenizer", "tokenizer.json");
  const { vocabularySize } = await Tokenizer.read(join(folder.path, "tokenizer.json"));
  if (vocabularySize > config.vocab_size)
    throw folder.refusal(
      "tokenizer.json",
      "model.vocab",
      `has ids up to ${vocabularySize - 1}, but the text tower knows ${config.vocab_size} (config.json, vocab_size)`,
    );
  return {
    tower,
    tokenizer,
    dimensions,
    preprocessing: {
      tokenizer: "tokenizer",
      max_length: config.max_position_embeddings,
      padding: "longest",
      pad_token_id: config.eos_token_id,
    },
  };
}
