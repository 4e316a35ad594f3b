import { join } from "node:path";
import type { CheckpointFolder } from "@menagerie/core/adopt";
import type { AdoptedGraph } from "./adopted-graph.ts";
import { type OutputOrigin, readOutputOrigins } from "./output-origins.ts";
import { MalformedFile } from "./protobuf-reader.ts";
import { soleGraph } from "./sole-graph.ts";

/** A classifier's graph, and what its answers are made by. */
export interface ClassifierGraph extends AdoptedGraph {
  /** What gives each output its values, and whether these are logits or scores. */
  readonly outputOrigins: Readonly<Record<string, OutputOrigin>>;
}

/**
 * Finds the graph of a classifier: `model.onnx`, or the only one there, as ultralytics calls it after the checkpoint.
 * @throws ModelError `checkpoint_invalid` where there is none, more than one of unusual names, or one whose nodes cannot be read
 */
export async function classifierGraph(folder: CheckpointFolder): Promise<ClassifierGraph> {
  const graph = await soleGraph(folder, ["model"]);
  const outputs = Object.keys(graph.header.outputs);
  const outputOrigins = await readOutputOrigins(join(folder.path, graph.file), outputs).catch((cause: unknown) => {
    if (!(cause instanceof MalformedFile)) throw cause;
    throw folder.refusal(graph.file, undefined, `is not a whole ONNX model: ${cause.message}`, cause);
  });
  return { ...graph, outputOrigins };
}
