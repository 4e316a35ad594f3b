import type { ModelSpec } from "@menagerie/core";
import { type AdoptedCheckpoint, adoptedRequirements, type CheckpointFolder } from "@menagerie/core/adopt";
import { type AdoptedGraph, soleGraph } from "@menagerie/onnx";
import { adoptYolo, yoloTensor } from "@menagerie/vision";

/**
 * Reads a folder with the ONNX file that ultralytics exported of a segmenting YOLO: `best.onnx`, `model.onnx`, or the only
 * one there.
 */
export async function adoptVehicleDamage(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const graph = await soleGraph(folder, ["best", "model"]);
  const { metadata, inputs, image, precision, finding, namesSource, assumptions } = adoptYolo(
    folder,
    graph,
    like,
    "segment",
  );
  const { names } = metadata;
  if (names === undefined)
    throw folder.refusal(
      graph.file,
      "names",
      "is not in the metadata, which ultralytics writes there: name the classes with --labels FILE",
    );
  const prototypes = checkOutputs(folder, graph, names.length);
  // Pictures go in one by one.
  const { batch_axis: _axis, ...declaration } = graph.declaration;
  return {
    spec: {
      precision,
      local_artifacts: [...graph.artifacts],
      preprocessing: { image },
      graphs: { model: declaration },
      input_schema: { model: inputs },
      resource_requirements: { ...adoptedRequirements(like, graph.artifacts), max_batch: 1 },
      labels: [...names],
      parameters: { ...like.parameters },
    },
    findings: [
      finding,
      `${names.length} classes: ${names.join(", ")} (${namesSource})`,
      `masks of ${prototypes} prototypes (${graph.file})`,
    ],
    assumptions,
  };
}

/** @returns how many prototypes a mask is made of */
function checkOutputs(folder: CheckpointFolder, graph: AdoptedGraph, classes: number): number {
  const { file } = graph;
  const answer = yoloTensor(folder, graph, "outputs", "output0");
  const masks = yoloTensor(folder, graph, "outputs", "output1");
  const [, prototypes] = masks.shape;
  if (typeof prototypes !== "number" || masks.shape.length !== 4)
    throw folder.refusal(file, "output1", `is [${masks.shape.join(", ")}], [1, masks, height, width] was expected`);
  const [, rows] = answer.shape;
  const expected = 4 + classes + prototypes;
  if (answer.shape.length !== 3 || (typeof rows === "number" && rows !== expected))
    throw folder.refusal(
      file,
      "output0",
      `is [${answer.shape.join(", ")}]; four edges, ${classes} classes and ${prototypes} masks make [1, ${expected}, anchors]`,
    );
  return prototypes;
}
