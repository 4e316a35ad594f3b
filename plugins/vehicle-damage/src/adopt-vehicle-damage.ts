import {
  type AdoptedCheckpoint,
  adoptedRequirements,
  type CheckpointFolder,
  type ModelError,
  type ModelSpec,
} from "@menagerie/core";
import { type AdoptedGraph, adoptedGraph } from "@menagerie/onnx";
import { type YoloMetadata, yoloMetadata, yoloPreprocessing } from "@menagerie/vision";

/** Reads a folder with the ONNX file that ultralytics exported of a segmenting YOLO: `best.onnx` or `model.onnx`. */
export async function adoptVehicleDamage(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const graph = await adoptedGraph(folder, (await folder.has("best.onnx")) ? "best" : "model");
  const metadata = readMetadata(folder, graph);
  const { names, task, isEndToEnd } = metadata;
  if (task !== undefined && task !== "segment")
    throw folder.refusal(graph.file, "task", `is "${task}"; a model whose task is "segment" is needed`);
  if (isEndToEnd)
    throw folder.refusal(graph.file, "end2end", "is True: the graph suppresses overlaps itself; export it without");
  if (names === undefined)
    throw folder.refusal(graph.file, "names", "is not in the metadata, which ultralytics writes there");
  const { images, prototypes } = checkTensors(folder, graph, names.length);
  const preprocessing = yoloPreprocessing(images.shape, metadata);
  if (preprocessing === undefined)
    throw folder.refusal(graph.file, "imgsz", "is not in the metadata, and the input's sides are free");
  const { width, height } = preprocessing.resize.letterbox;
  const isFree = images.shape.slice(2).some((side) => typeof side !== "number");
  return {
    spec: {
      precision: graph.precision,
      local_artifacts: [...graph.artifacts],
      preprocessing: { image: images.dtype === "float16" ? { ...preprocessing, dtype: "float16" } : preprocessing },
      graphs: { model: { artifact: graph.declaration.artifact, ...externalData(graph) } },
      input_schema: { model: { images: { dtype: images.dtype, shape: [...images.shape] } } },
      resource_requirements: { ...adoptedRequirements(like, graph.artifacts), max_batch: 1 },
      labels: [...names],
      parameters: { ...like.parameters },
    },
    findings: [
      `pictures: letterbox of ${width} x ${height} px${isFree ? ", filled up to the stride" : ""} (${graph.file})`,
      `${names.length} classes: ${names.join(", ")} (metadata of ${graph.file})`,
      `masks of ${prototypes} prototypes, weights ${graph.precision} (${graph.file})`,
    ],
  };
}

function externalData({ declaration }: AdoptedGraph): { external_data?: string[] } {
  return declaration.external_data === undefined ? {} : { external_data: declaration.external_data };
}

function readMetadata(folder: CheckpointFolder, { file, header }: AdoptedGraph): YoloMetadata {
  try {
    return yoloMetadata(header.metadata);
  } catch (error) {
    const { message, details } = error as ModelError;
    throw folder.refusal(file, String(details.key), message.replace(/\.$/, ""), error);
  }
}

function checkTensors(
  folder: CheckpointFolder,
  { file, header }: AdoptedGraph,
  classes: number,
): { images: NonNullable<AdoptedGraph["header"]["inputs"][string]>; prototypes: number } {
  const { images } = header.inputs;
  const { output0, output1 } = header.outputs;
  for (const [side, name, tensor] of [
    ["inputs", "images", images],
    ["outputs", "output0", output0],
    ["outputs", "output1", output1],
  ] as const) {
    if (tensor === undefined)
      throw folder.refusal(
        file,
        name,
        `the graph has no such tensor among its ${side}: ${Object.keys(header[side]).join(", ")}`,
      );
  }
  if (images === undefined || output0 === undefined || output1 === undefined) throw new TypeError("checked above");
  const [, prototypes] = output1.shape;
  const [, rows] = output0.shape;
  if (typeof prototypes !== "number" || output1.shape.length !== 4)
    throw folder.refusal(file, "output1", `is [${output1.shape.join(", ")}], [1, masks, height, width] was expected`);
  if (typeof rows === "number" && rows !== 4 + classes + prototypes)
    throw folder.refusal(
      file,
      "output0",
      `has ${rows} rows; four edges, ${classes} classes and ${prototypes} masks make ${4 + classes + prototypes}`,
    );
  return { images, prototypes };
}
