import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { CheckpointFolder } from "@menagerie/core/adopt";
import { type AdoptedGraph, adoptedGraph, graphAt, graphName } from "./adopted-graph.ts";

/**
 * Finds the graph of a family whose exporter calls it after the checkpoint: by the usual names, or else the only one there.
 * @param usual names in the order in which they are looked for; the first is what the graph is called in the spec
 * @param others names of graphs that lie beside it
 * @throws ModelError `checkpoint_invalid` where there is none, or more than one of unusual names
 */
export async function soleGraph(
  folder: CheckpointFolder,
  usual: readonly [string, ...string[]],
  others: readonly string[] = [],
): Promise<AdoptedGraph> {
  const { graph } = folder.choices;
  if (graph !== undefined) return graphAt(folder, graph, usual[0]);
  const names = await graphNames(folder);
  const known = usual.find((name) => names.has(name));
  if (known !== undefined) return adoptedGraph(folder, known, usual[0]);
  const unusual = [...names].filter((name) => !others.includes(name)).sort();
  const [only] = unusual;
  if (only !== undefined && unusual.length === 1) return adoptedGraph(folder, only, usual[0]);
  const remnant = await folder.remnantOf(usual.flatMap((name) => [`onnx/${name}.onnx`, `${name}.onnx`]));
  if (remnant !== undefined) throw folder.refusal(remnant.file, undefined, remnant.problem);
  const files = (list: readonly string[]): string => list.map((name) => `${name}.onnx`).join(", ");
  throw folder.refusal(
    `${usual[0]}.onnx`,
    undefined,
    only === undefined
      ? `is missing (looked for ${files(usual)} or the only other .onnx file, here and in onnx/)`
      : `is missing, and which of ${files(unusual)} is meant is not clear: name it with --file, or leave one there`,
  );
}

async function graphNames(folder: CheckpointFolder): Promise<Set<string>> {
  const files = await Promise.all(["onnx", ""].map((dir) => readdir(join(folder.path, dir)).catch(() => [])));
  return new Set(files.flat().flatMap((file) => graphName(file) ?? []));
}
