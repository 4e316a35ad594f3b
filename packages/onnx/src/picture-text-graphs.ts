import type { TensorDeclaration } from "@menagerie/core";
import type { CheckpointFolder } from "@menagerie/core/adopt";
import { type AdoptedGraph, findGraph, graphAt, lookedFor } from "./adopted-graph.ts";
import { soleLike } from "./sole-like.ts";

/** The graphs of a model of pictures and texts: both in one, one for each side, or one side alone. */
export interface PictureTextGraphs {
  readonly whole?: AdoptedGraph;
  readonly vision?: AdoptedGraph;
  readonly text?: AdoptedGraph;
}

/** Names of the towers: those of the public conversions, and those that open_clip's have. */
const visionNames = ["vision_model", "visual"];
const textNames = ["text_model", "textual"];

/**
 * Finds what there is of a model of pictures and texts: its two towers, else one graph `model` of both sides, else one tower.
 * What a graph takes says which it is, whatever it is called.
 * @throws ModelError `checkpoint_invalid` where there is none, or the one that was chosen takes neither pictures nor texts
 */
export async function pictureTextGraphs(folder: CheckpointFolder): Promise<PictureTextGraphs> {
  const { graph } = folder.choices;
  if (graph !== undefined) return sidesOf(folder, await graphAt(folder, graph, "model"));
  const vision = await findGraph(folder, visionNames, "vision_model");
  const text = await findGraph(folder, textNames, "text_model");
  if (vision !== undefined && text !== undefined) return { vision, text };
  const whole = await findGraph(folder, ["model"], "model");
  if (whole !== undefined) return sidesOf(folder, whole);
  if (vision !== undefined) return { vision };
  if (text !== undefined) return { text };
  throw folder.refusal(
    "onnx/vision_model.onnx",
    undefined,
    `is missing, and so is every other graph of such a model (looked for ${lookedFor(folder, ["vision_model", "text_model", "visual", "textual", "model"]).join(", ")})`,
  );
}

function sidesOf(folder: CheckpointFolder, graph: AdoptedGraph): PictureTextGraphs {
  const { inputs } = graph.header;
  const takesPictures = Object.values(inputs).some(({ shape, dtype }) => shape.length === 4 && /^float/.test(dtype));
  const takesTexts = Object.values(inputs).some(({ shape, dtype }) => shape.length === 2 && /^int/.test(dtype));
  if (takesPictures && takesTexts) return { whole: graph };
  if (takesPictures) return { vision: renamed(graph, "vision_model") };
  if (takesTexts) return { text: renamed(graph, "text_model") };
  throw folder.refusal(
    graph.file,
    undefined,
    `takes neither pictures [batch, 3, height, width] nor tokens [batch, length]: ${Object.keys(inputs).join(", ")}`,
  );
}

/** A graph under the name that its side has in a spec. */
function renamed(graph: AdoptedGraph, name: string): AdoptedGraph {
  const named = (artifact: string): string => artifact.replace(/^model/, name);
  const { artifact, external_data: data, ...rest } = graph.declaration;
  return {
    ...graph,
    artifacts: graph.artifacts.map((each) => ({ ...each, name: named(each.name) })),
    declaration: {
      ...rest,
      artifact: named(artifact),
      ...(data === undefined ? {} : { external_data: data.map(named) }),
    },
  };
}

/**
 * A graph's tensors under the names that a family knows, where its export called its only one otherwise (`input`, `output`).
 * @param names of the one input and the one output
 */
export function withUsualNames(
  graph: AdoptedGraph,
  names: { readonly input: string; readonly output: string },
): AdoptedGraph {
  const { inputs, outputs } = graph.header;
  const header = { ...graph.header, inputs: soleAs(inputs, names.input), outputs: soleAs(outputs, names.output) };
  return { ...graph, header, isRenamed: header.inputs !== inputs || header.outputs !== outputs };
}

type Tensors = Readonly<Record<string, TensorDeclaration>>;

function soleAs(tensors: Tensors, name: string): Tensors {
  const sole = tensors[name] === undefined ? soleLike(name, tensors) : undefined;
  // What a tower has before its projection is no embedding.
  if (sole === "pooler_output" || sole === "last_hidden_state") return tensors;
  const tensor = sole === undefined ? undefined : tensors[sole];
  return tensor === undefined ? tensors : { [name]: tensor };
}
