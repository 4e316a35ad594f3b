import type { ModelSpec, TensorDeclaration } from "@menagerie/core";
import { type AdoptedCheckpoint, adoptedRequirements, type CheckpointFolder } from "@menagerie/core/adopt";
import { type AdoptedGraph, adoptedGraph, checkTensors, embeddingRows, itemsAtATime, soleGraph } from "@menagerie/onnx";
import { type AdoptedText, adoptText } from "@menagerie/text";
import { type AdoptedYolo, adoptYolo, yoloTensor } from "@menagerie/vision";
import { textConfigSchema } from "./text-config.ts";

/**
 * Reads a folder with a YOLO-World's graph, `model.onnx` or the only one there, and the text tower beside it where the graph
 * takes a vocabulary.
 */
export async function adoptYoloWorld(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const graph = await soleGraph(folder, ["model", "best"], ["text_model"]);
  const yolo = adoptYolo(folder, graph, like, "detect");
  const features = graph.header.inputs.txt_feats;
  const stranger = Object.keys(graph.header.inputs).find((name) => name !== "images" && name !== "txt_feats");
  if (stranger !== undefined) throw folder.refusal(graph.file, stranger, "is an input that a YOLO-World does not have");
  return features === undefined
    ? adoptBaked(folder, like, graph, yolo)
    : await adoptOpen(folder, like, graph, yolo, features);
}

/** A vocabulary that is part of the graph, as ultralytics exports it. */
function adoptBaked(
  folder: CheckpointFolder,
  like: ModelSpec,
  graph: AdoptedGraph,
  { metadata: { names }, inputs, image, precision, finding, namesSource, assumptions }: AdoptedYolo,
): AdoptedCheckpoint {
  if (names === undefined)
    throw folder.refusal(
      graph.file,
      "names",
      "is not in the metadata, and the graph takes no vocabulary (txt_feats): name the classes that it was exported for with --labels FILE",
    );
  checkRows(folder, graph, names.length);
  return {
    spec: {
      precision,
      local_artifacts: [...graph.artifacts],
      preprocessing: { image },
      graphs: { model: withoutBatch(graph) },
      input_schema: { model: inputs },
      output_schema: {},
      resource_requirements: adoptedRequirements(like, graph.artifacts),
      labels: [...names],
      parameters: { ...like.parameters },
    },
    findings: [finding, `${names.length} labels baked in: ${names.join(", ")} (${namesSource})`],
    assumptions,
  };
}

/** A vocabulary that is part of the question. */
async function adoptOpen(
  folder: CheckpointFolder,
  like: ModelSpec,
  graph: AdoptedGraph,
  { inputs, image, precision, finding, assumptions }: AdoptedYolo,
  features: TensorDeclaration,
): Promise<AdoptedCheckpoint> {
  const dimensions = dimensionsOf(folder, graph, features);
  const tower = await adoptedGraph(folder, "text_model");
  const { artifacts: words, preprocessing, source } = await readTexts(folder, graph, tower, dimensions);
  const artifacts = [...graph.artifacts, ...tower.artifacts];
  const requirements = adoptedRequirements(like, artifacts);
  return {
    spec: {
      precision,
      local_artifacts: [...artifacts, ...words],
      preprocessing: { image, text: preprocessing },
      graphs: { model: withoutBatch(graph), text_model: tower.declaration },
      input_schema: { model: inputs },
      output_schema: {},
      resource_requirements: { ...requirements, max_batch: itemsAtATime([tower.header], requirements.max_batch) },
      ...(like.labels === undefined ? {} : { labels: like.labels }),
      parameters: { ...like.parameters },
    },
    findings: [
      finding,
      `labels are asked at run time: ${dimensions} dimensions, at most ${preprocessing.max_length} tokens (${source ?? `${tower.file}, config.json`})`,
    ],
    assumptions: [
      ...assumptions,
      ...(source === undefined
        ? []
        : [
            `texts are taken for those of a CLIP: there is no config.json of the text tower, and ${source} says how many tokens and places it knows`,
          ]),
    ],
  };
}

/** Pictures go in one by one. */
function withoutBatch({ declaration: { batch_axis: _, ...declaration } }: AdoptedGraph): ModelSpec["graphs"][string] {
  return declaration;
}

function checkRows(folder: CheckpointFolder, graph: AdoptedGraph, labels: number): void {
  const { shape } = yoloTensor(folder, graph, "outputs", "output0");
  const [, rows] = shape;
  if (shape.length === 3 && (typeof rows !== "number" || rows === 4 + labels)) return;
  throw folder.refusal(
    graph.file,
    "output0",
    `is [${shape.join(", ")}]; four edges and ${labels} labels make [1, ${4 + labels}, anchors]`,
  );
}

/** How long the vectors are that the graph takes. */
function dimensionsOf(folder: CheckpointFolder, { file }: AdoptedGraph, { dtype, shape }: TensorDeclaration): number {
  const [, labels, dimensions] = shape;
  const isFloat = dtype === "float32" || dtype === "float16";
  if (!isFloat || shape.length !== 3 || typeof dimensions !== "number")
    throw folder.refusal(
      file,
      "txt_feats",
      `is ${dtype} [${shape.join(", ")}]; float32 or float16 [1, labels, 512] was expected`,
    );
  if (typeof labels === "number")
    throw folder.refusal(
      file,
      "txt_feats",
      `takes ${labels} labels, no more and no fewer. Export it with that axis free (dynamic_axes)`,
    );
  return dimensions;
}

async function readTexts(
  folder: CheckpointFolder,
  graph: AdoptedGraph,
  tower: AdoptedGraph,
  dimensions: number,
): Promise<AdoptedText & { readonly source?: string }> {
  const ids = yoloTensor(folder, tower, "inputs", "input_ids");
  const { shape } = yoloTensor(folder, tower, "outputs", "text_embeds");
  if (shape.length !== 2 || (typeof shape[1] === "number" && shape[1] !== dimensions))
    throw folder.refusal(
      tower.file,
      "text_embeds",
      `is [${shape.join(", ")}], ${graph.file} takes vectors of ${dimensions} (txt_feats)`,
    );
  const tokens = ["texts", typeof ids.shape[1] === "number" ? ids.shape[1] : "tokens"];
  const mask = tower.header.inputs.attention_mask === undefined ? {} : { attention_mask: tokens };
  checkTensors(folder, tower, { inputs: { input_ids: tokens, ...mask }, outputs: {} });
  if (!(await folder.has("config.json"))) return textsOfGraph(folder, tower, ids.shape[1]);
  const config = await folder.json("config.json", textConfigSchema);
  return adoptText(folder, {
    vocabularySize: config.vocab_size,
    key: config.vocabularyKey,
    endId: config.eos_token_id,
    positions: config.max_position_embeddings,
    sequence: ids.shape[1],
    padding: "longest",
  });
}

/** What every CLIP that ultralytics takes for its texts has. */
const clip = { positions: 77, vocabularySize: 49_408 } as const;

/** A tower without its config.json says in its tables how many tokens and places it knows. */
async function textsOfGraph(
  folder: CheckpointFolder,
  tower: AdoptedGraph,
  sequence: number | string | undefined,
): Promise<AdoptedText & { readonly source: string }> {
  const vocabulary = embeddingRows(tower, "text_model.embeddings.token_embedding.weight");
  const places = embeddingRows(tower, "text_model.embeddings.position_embedding.weight");
  const fixed = typeof sequence === "number" ? sequence : undefined;
  const texts = await adoptText(folder, {
    vocabularySize: vocabulary ?? clip.vocabularySize,
    key: `${tower.file}: rows of its table of tokens`,
    positions: places ?? fixed ?? clip.positions,
    sequence,
    padding: "longest",
  });
  const isOfGraph = vocabulary !== undefined && (places ?? fixed) !== undefined;
  return { ...texts, source: isOfGraph ? `the graph ${tower.file}` : `CLIP's usual size (${clip.positions} tokens)` };
}
