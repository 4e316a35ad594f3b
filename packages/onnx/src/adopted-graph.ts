import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type ArtifactDeclaration, type DataType, type GraphDeclaration, ModelError, nearest } from "@menagerie/core";
import type { CheckpointFolder } from "@menagerie/core/adopt";
import { sha256Of } from "@menagerie/core/loader";
import { type OnnxHeader, readOnnxHeader } from "./onnx-header.ts";

/** A graph that was found in a checkpoint's folder. */
export interface AdoptedGraph {
  /** Relative to the folder. */
  readonly file: string;
  readonly precision: string;
  readonly header: OnnxHeader;
  /** The graph under its own name, and its external data. */
  readonly artifacts: readonly ArtifactDeclaration[];
  readonly declaration: GraphDeclaration;
  /** True where `header` has other names for tensors than the file. */
  readonly isRenamed?: boolean;
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
  const { graph } = folder.choices;
  // A person who names a graph means that of a family which has one.
  if (graph !== undefined && name === "model") return graphAt(folder, graph, artifact);
  const file = await folder.first(lookedFor(folder, [name]));
  await assertSole(folder, file);
  return graphAt(folder, file, artifact);
}

/** Which of two graphs of one name is meant, nobody can tell. @throws `checkpoint_invalid` where they are not the same */
async function assertSole(folder: CheckpointFolder, file: string): Promise<void> {
  const other = file.replace(/^onnx\//, "");
  if (other === file || !(await folder.has(other))) return;
  const [own, others] = await Promise.all([file, other].map((path) => stat(join(folder.path, path))));
  const isSame =
    own?.size === others?.size &&
    (await sha256Of(join(folder.path, file))) === (await sha256Of(join(folder.path, other)));
  if (isSame) return;
  throw folder.refusal(
    other,
    undefined,
    `is another graph than ${file} (${others?.size} bytes, and ${own?.size}). Name the one that is meant: --file ${file}, or leave one there`,
  );
}

/** The first of these graphs that is there; undefined where none is. @throws `checkpoint_invalid` for one that is damaged */
export async function findGraph(
  folder: CheckpointFolder,
  names: readonly string[],
  artifact: string,
): Promise<AdoptedGraph | undefined> {
  for (const file of lookedFor(folder, names))
    if (await folder.has(file)) return graphAt(folder, await folder.first([file]), artifact);
  return undefined;
}

/** Where graphs of these names are looked for, in order. @throws `checkpoint_invalid` for a precision that no suffix stands for */
export function lookedFor(folder: CheckpointFolder, names: readonly string[]): readonly string[] {
  const endings = suffixes
    .filter(([, precision]) => folder.precision === undefined || folder.precision === precision)
    .map(([suffix]) => suffix);
  if (endings.length === 0) throw unknownPrecision(folder.precision ?? "");
  return ["onnx/", ""].flatMap((dir) => names.flatMap((name) => endings.map((end) => `${dir}${name}${end}.onnx`)));
}

/** A graph by its path in the folder. */
export async function graphAt(folder: CheckpointFolder, path: string, artifact: string): Promise<AdoptedGraph> {
  // A person names it as it lies there, or without the folder of graphs.
  const file = await folder.first([path, `onnx/${path}`]);
  const header = await readOnnxHeader(join(folder.path, file));
  const dir = file.slice(0, file.lastIndexOf("/") + 1);
  const data = await Promise.all(
    header.externalData.map((external, i) => folder.artifact(`${artifact}_data${i === 0 ? "" : i}`, dir + external)),
  );
  for (const [i, { path, size_bytes: size = 0 }] of data.entries()) {
    const needed = header.externalBytes[header.externalData[i] ?? ""] ?? 0;
    if (size >= needed) continue;
    const problem = `has ${size} bytes, and ${file} finds its weights in the first ${needed}: it is cut off, or another export's`;
    throw folder.refusal(path, undefined, problem);
  }
  return {
    file,
    header,
    precision:
      suffixes.findLast(([suffix]) => suffix !== "" && file.endsWith(`${suffix}.onnx`))?.[1] ?? precisionOf(header),
    artifacts: [await folder.artifact(artifact, file), ...data],
    declaration: {
      artifact,
      batch_axis: 0,
      ...(data.length === 0 ? {} : { external_data: data.map((artifact) => artifact.name) }),
    },
  };
}

/** What most of the weights are in; half precision also where pictures go in so. */
function precisionOf({ weights, inputs }: OnnxHeader): string {
  const counted = weightTypes.map(([type, precision]) => [weights[type] ?? 0, precision] as const);
  const [[, most] = [0, "fp32"] as const] = counted.toSorted(([a], [b]) => b - a);
  const isHalf = Object.values(inputs).some(({ dtype }) => dtype === "float16");
  return most === "fp32" && isHalf ? "fp16" : most;
}

const weightTypes: readonly (readonly [DataType, string])[] = [
  ["float32", "fp32"],
  ["float16", "fp16"],
  ["int8", "int8"],
  ["uint8", "uint8"],
];

/** The name of a graph without what the public conversions put after it; undefined for a file that is none. */
export function graphName(file: string): string | undefined {
  const stem = /^(.+)\.onnx$/.exec(file)?.[1];
  const suffix = suffixes.find(([ending]) => ending !== "" && stem?.endsWith(ending))?.[0] ?? "";
  return stem?.slice(0, stem.length - suffix.length);
}

function unknownPrecision(asked: string): ModelError {
  const known = [...new Set(suffixes.map(([, precision]) => precision))];
  const near = nearest(asked, known);
  const hint = near === undefined ? `There are: ${known.join(", ")}.` : `Did you mean "${near}"?`;
  return new ModelError("checkpoint_invalid", `No ONNX graph has the precision "${asked}". ${hint}`, {
    details: { precision: asked, known },
  });
}

/** File suffixes of the public conversions, the most exact first. */
const suffixes: readonly (readonly [string, string])[] = [
  ["", "fp32"],
  ["_fp16", "fp16"],
  ["_int8", "int8"],
  ["_uint8", "uint8"],
  ["_quantized", "uint8"],
  ["_q4", "q4"],
  ["_q4f16", "q4f16"],
];
