import {
  type AdoptedCheckpoint,
  type ArtifactDeclaration,
  adoptedRequirements,
  type CheckpointFolder,
  type GraphDeclaration,
  type ModelSpec,
  type Precision,
  type TensorDeclaration,
} from "@menagerie/core";
import { readImageProcessor } from "./image-processor.ts";

/** A graph that was found in the folder, as the engine's kit describes it. */
export interface PictureModelGraph {
  readonly file: string;
  readonly precision: Precision;
  readonly header: {
    readonly inputs: Readonly<Record<string, TensorDeclaration>>;
    readonly outputs: Readonly<Record<string, TensorDeclaration>>;
  };
  readonly artifacts: readonly ArtifactDeclaration[];
  readonly declaration: GraphDeclaration;
}

/**
 * The parts of a spec that are the same for every model with one graph `model`, from pictures to one tensor: artifacts,
 * preprocessing, tensors and memory.
 * @throws ModelError `checkpoint_invalid` for a graph without these tensors, or that takes another size than the processor makes
 */
export async function adoptPictureModel(
  folder: CheckpointFolder,
  like: ModelSpec,
  graph: PictureModelGraph,
  output: string,
): Promise<AdoptedCheckpoint> {
  const { preprocessing, result, finding } = await readImageProcessor(folder);
  const pixels = tensorOf(folder, graph, "inputs", "pixel_values");
  const answer = tensorOf(folder, graph, "outputs", output);
  const surplus = Object.keys(graph.header.inputs).filter((name) => name !== "pixel_values");
  if (surplus.length > 0)
    throw folder.refusal(graph.file, surplus[0], "is an input that a model of pictures alone does not have");
  const [, , height, width] = pixels.shape;
  const takes = [width, height].map((side, i) =>
    typeof side === "number" ? side : [result?.width, result?.height][i],
  );
  if (result !== undefined && (takes[0] !== result.width || takes[1] !== result.height))
    throw folder.refusal(
      "preprocessor_config.json",
      "size",
      `pictures come out as ${result.width} x ${result.height}, but the graph takes ${takes.join(" x ")} (${graph.file}, pixel_values)`,
    );
  return {
    spec: {
      precision: graph.precision,
      local_artifacts: [...graph.artifacts],
      preprocessing: { image: preprocessing },
      graphs: { model: graph.declaration },
      input_schema: {
        model: {
          pixel_values: {
            dtype: pixels.dtype,
            shape: ["batch", 3, result?.height ?? "height", result?.width ?? "width"],
          },
        },
      },
      output_schema: { model: { [output]: { dtype: answer.dtype, shape: answer.shape.map(axisName) } } },
      resource_requirements: adoptedRequirements(like, graph.artifacts),
    },
    findings: [finding, `weights ${graph.precision} (${graph.file})`],
  };
}

function tensorOf(
  folder: CheckpointFolder,
  graph: PictureModelGraph,
  side: "inputs" | "outputs",
  name: string,
): TensorDeclaration {
  const tensor = graph.header[side][name];
  if (tensor !== undefined) return tensor;
  const there = Object.keys(graph.header[side]).join(", ");
  throw folder.refusal(graph.file, name, `the graph has no such tensor among its ${side}: ${there}`);
}

/** Exporters write whole formulas as names of axes; a spec's are words. The first axis counts pictures. */
function axisName(size: number | string, position: number): number | string {
  if (position === 0) return "batch";
  return typeof size === "number" ? size : `axis_${position}`;
}
