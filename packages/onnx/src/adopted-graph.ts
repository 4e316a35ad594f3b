import { join } from "node:path";
import type { ArtifactDeclaration, CheckpointFolder, GraphDeclaration, Precision } from "@menagerie/core";
import { type OnnxHeader, readOnnxHeader } from "./onnx-header.ts";

/** A graph that was found in a checkpoint's folder. */
export interface AdoptedGraph {
  /** Relative to the folder. */
  readonly file: string;
  readonly precision: Precision;
  readonly header: OnnxHeader;
  /** The graph under its own name, and its external data. */
  readonly artifacts: readonly ArtifactDeclaration[];
  readonly declaration: GraphDeclaration;
}

/**
 * Finds a graph as the public conversions name it: `onnx/{name}.onnx` or beside the other files, with the suffix of its
 * precision; the most exact where there are several and none is asked for.
 * @param artifact what the graph is called in the spec
 * @throws `checkpoint_invalid` naming the files that were looked for
 */
export async function adoptedGraph(
  folder: CheckpointFolder,
  name: string,
  artifact: string = name,
): Promise<AdoptedGraph> {
  const candidates = ["onnx/", ""].flatMap((dir) =>
    suffixes
      .filter(([, precision]) => folder.precision === undefined || folder.precision === precision)
      .map(([suffix, precision]) => ({ file: `${dir}${name}${suffix}.onnx`, precision })),
  );
  const file = await folder.first(candidates.map((candidate) => candidate.file));
  const header = await readOnnxHeader(join(folder.path, file));
  const dir = file.slice(0, file.lastIndexOf("/") + 1);
  const data = await Promise.all(
    header.externalData.map((external, i) => folder.artifact(`${artifact}_data${i === 0 ? "" : i}`, dir + external)),
  );
  return {
    file,
    header,
    precision: candidates.find((candidate) => candidate.file === file)?.precision ?? "fp32",
    artifacts: [await folder.artifact(artifact, file), ...data],
    declaration: {
      artifact,
      batch_axis: 0,
      ...(data.length === 0 ? {} : { external_data: data.map((artifact) => artifact.name) }),
    },
  };
}

/** The name of a graph without what the public conversions put after it; undefined for a file that is none. */
export function graphName(file: string): string | undefined {
  const stem = /^(.+)\.onnx$/.exec(file)?.[1];
  const suffix = suffixes.find(([ending]) => ending !== "" && stem?.endsWith(ending))?.[0] ?? "";
  return stem?.slice(0, stem.length - suffix.length);
}

/** File suffixes of the public conversions, the most exact first. */
const suffixes: readonly (readonly [string, Precision])[] = [
  ["", "fp32"],
  ["_fp16", "fp16"],
  ["_int8", "int8"],
  ["_uint8", "uint8"],
  ["_quantized", "uint8"],
  ["_q4", "q4"],
  ["_q4f16", "q4f16"],
];
