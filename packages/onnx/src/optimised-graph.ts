import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadEngine } from "./engine.ts";
import { type Branch, branches, branchInput, splitMergedGraph } from "./merged-graph.ts";
import type { OnnxHeader } from "./onnx-header.ts";
import { preparedSessionOptions, sessionOptions } from "./session-options.ts";
import { externalTensors, shareWeights } from "./shared-weights.ts";

/** Files of an optimised graph, or of the two that a merged decoder is taken apart into. */
export const wholeGraph = "graph.onnx";
export const branchFile = (branch: Branch): string => `${branch}.onnx`;

/**
 * What is asked of the engine besides the session's own options. Weights of fewer than 1024 bytes stay in the graph's
 * file. Saving the weights as the kernels pack them (`save_external_prepacked_constant_initializers`) is left out: with
 * 1.30 the text towers of CLIPs then end the process by SIGSEGV, and a ResNet-18 loads no faster for it.
 */
export const externalWeights = (graphFile: string): Readonly<Record<string, string>> => ({
  optimized_model_external_initializers_file_name: `${graphFile}_data`,
  optimized_model_external_initializers_min_size_in_bytes: "1024",
});

/**
 * Writes a graph into a folder as the engine optimises it, its weights in a file of their own; a merged decoder as two.
 * @returns the names of the graphs' files; none where the engine cannot read what it wrote
 */
export async function optimised(source: string, { inputs }: OnnxHeader, folder: string): Promise<readonly string[]> {
  const isSplit = branchInput in inputs && (await writeBranches(source, folder));
  if (isSplit) {
    for (const branch of branches) {
      await optimise(sourceOf(folder, branch), folder, branchFile(branch));
      await rm(sourceOf(folder, branch));
    }
    // The one without a cache computes the encoder's keys and values too, and so has more weights.
    await shareWeights(folder, branchFile("else_branch"), branchFile("then_branch"));
  } else await optimise(source, folder, wholeGraph);
  const graphs = isSplit ? branches.map(branchFile) : [wholeGraph];
  for (const graph of graphs) {
    if (await opens(join(folder, graph))) continue;
    await assertWritten(folder, graph);
    for (const name of await readdir(folder)) await rm(join(folder, name));
    return [];
  }
  return graphs;
}

/** @returns false for a graph that cannot be taken apart */
async function writeBranches(source: string, folder: string): Promise<boolean> {
  const split = await splitMergedGraph(source);
  for (const [branch, pieces] of split ?? []) await writeFile(sourceOf(folder, branch), pieces);
  return split !== undefined;
}

function sourceOf(folder: string, branch: Branch): string {
  return join(folder, `${branch}.source`);
}

async function optimise(source: string, folder: string, name: string): Promise<void> {
  const engine = await loadEngine();
  const options = sessionOptions("cpu", 1);
  const session = await engine.InferenceSession.create(source, {
    ...options,
    optimizedModelFilePath: join(folder, name),
    extra: {
      session: { ...(options.extra as { session: Record<string, unknown> }).session, ...externalWeights(name) },
    },
  });
  await session.release();
}

/** An engine that met the end of the disk may not say so: its weights end too early then. @throws Error with both lengths */
async function assertWritten(folder: string, graph: string): Promise<void> {
  const weights = externalTensors(await readFile(join(folder, graph)));
  for (const { location, offset, length } of weights) {
    const { size } = await stat(join(folder, location));
    if (size < offset + length)
      throw new Error(`${location} was not written to its end: it has ${size} bytes, ${offset + length} are needed`);
  }
}

async function opens(file: string): Promise<boolean> {
  const engine = await loadEngine();
  try {
    const session = await engine.InferenceSession.create(file, preparedSessionOptions("cpu", 1));
    await session.release();
    return true;
  } catch {
    return false;
  }
}
