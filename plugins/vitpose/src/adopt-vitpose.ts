import type { ModelSpec, TensorDeclaration } from "@menagerie/core";
import { type AdoptedCheckpoint, adoptedRequirements, type CheckpointFolder } from "@menagerie/core/adopt";
import { type AdoptedGraph, adoptedGraph } from "@menagerie/onnx";
import { readClassLabels } from "@menagerie/vision";
import { type VitPoseConfig, vitPoseConfigSchema } from "./vitpose-config.ts";
import { type PosePreprocessing, usualFactor, vitPosePreprocessing } from "./vitpose-image-processor.ts";

/** Reads a ViTPose folder in the layout of the public conversions. */
export async function adoptVitPose(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const config = await folder.json("config.json", vitPoseConfigSchema);
  const { labels: names } = await readClassLabels(folder);
  const processor = await vitPosePreprocessing(folder);
  const { image, normalizeFactor } = processor;
  const graph = await adoptedGraph(folder, "model");
  const [height, width] = config.backbone_config.image_size;
  checkSize(folder, processor, width, height);
  const { pixels, heatmaps, takesIndex } = checkGraph(folder, graph, config, names);
  const { num_experts } = config.backbone_config;
  const expert = takesIndex
    ? `${num_experts} experts, the one of data set ${indexOf(like)} is asked`
    : num_experts > 1
      ? `${num_experts} experts, one of them baked in`
      : "no experts";
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  const people = typeof pixels.shape[0] === "number" ? pixels.shape[0] : "batch";
  const { batch_axis: _axis, ...unbatched } = graph.declaration;
  return {
    spec: {
      precision: graph.precision,
      local_artifacts: [...graph.artifacts],
      preprocessing: { image: pixels.dtype === "float16" ? { ...image, dtype: "float16" } : image },
      graphs: { model: people === "batch" ? graph.declaration : unbatched },
      input_schema: {
        model: {
          pixel_values: { dtype: pixels.dtype, shape: [people, 3, height, width] },
          ...(takesIndex ? { dataset_index: { dtype: "int64", shape: [people] } } : {}),
        },
      },
      output_schema: {
        model: { heatmaps: { dtype: heatmaps.dtype, shape: [people, names.length, "height", "width"] } },
      },
      resource_requirements: adoptedRequirements(like, graph.artifacts),
      labels: [...names],
      parameters: {
        edges: config.edges,
        ...(takesIndex ? { dataset_index: indexOf(like) } : {}),
        ...(normalizeFactor === usualFactor ? {} : { normalize_factor: normalizeFactor }),
      },
    },
    findings: [
      processor.finding,
      `${names.length} keypoints, ${config.edges.length} lines between them (config.json)`,
      ...(repeated === undefined ? [] : [`"${repeated}" is the name of several keypoints (config.json, id2label)`]),
      ...(people === "batch" || people === 1 ? [] : [`the graph takes ${people} people at once; fewer are filled up`]),
      ...(normalizeFactor === usualFactor ? [] : [otherFactor(normalizeFactor)]),
      `${expert} (${graph.file})`,
      `weights ${graph.precision} (${graph.file})`,
    ],
  };
}

function indexOf(like: ModelSpec): number {
  return typeof like.parameters.dataset_index === "number" ? like.parameters.dataset_index : 0;
}

function otherFactor(factor: number): string {
  return `boxes are divided by ${factor} and multiplied by ${usualFactor}: keypoints are placed as transformers places them, as if both were ${usualFactor}`;
}

function checkSize(folder: CheckpointFolder, { size, file }: PosePreprocessing, width: number, height: number): void {
  if (size.width === width && size.height === height) return;
  throw folder.refusal(
    file,
    "size",
    `people come out as ${size.width} x ${size.height}, but the model takes ${width} x ${height} (config.json, backbone_config.image_size)`,
  );
}

interface PoseTensors {
  readonly pixels: TensorDeclaration;
  readonly heatmaps: TensorDeclaration;
  readonly takesIndex: boolean;
}

function checkGraph(
  folder: CheckpointFolder,
  { file, header }: AdoptedGraph,
  config: VitPoseConfig,
  names: readonly string[],
): PoseTensors {
  const tensor = (side: "inputs" | "outputs", name: string): TensorDeclaration => {
    const found = header[side][name];
    if (found !== undefined) return found;
    const there = Object.keys(header[side]).join(", ");
    throw folder.refusal(file, name, `the graph has no such tensor among its ${side}: ${there}`);
  };
  const pixels = tensor("inputs", "pixel_values");
  const heatmaps = tensor("outputs", "heatmaps");
  const { image_size, num_experts } = config.backbone_config;
  for (const [i, expected] of [3, ...image_size].entries()) {
    const found = pixels.shape[i + 1];
    if (typeof found === "number" && found !== expected)
      throw folder.refusal(
        file,
        "pixel_values",
        `is [${pixels.shape.join(", ")}], config.json says ${image_size.join(" x ")}`,
      );
  }
  const channels = heatmaps.shape[1];
  if (typeof channels === "number" && channels !== names.length)
    throw folder.refusal(file, "heatmaps", `are ${channels}, config.json names ${names.length} keypoints (id2label)`);
  for (const edge of config.edges)
    if (Math.max(...edge) >= names.length)
      throw folder.refusal(
        "config.json",
        "edges",
        `joins ${edge.join(" and ")}, but there are ${names.length} keypoints`,
      );
  const takesIndex = header.inputs.dataset_index !== undefined;
  if (takesIndex && num_experts === 1)
    throw folder.refusal(
      file,
      "dataset_index",
      "is an input, but config.json says that there are no experts (num_experts)",
    );
  const extra = Object.keys(header.inputs).filter((name) => !["pixel_values", "dataset_index"].includes(name));
  if (extra.length > 0) throw folder.refusal(file, extra[0], "is an input that a ViTPose does not have");
  return { pixels, heatmaps, takesIndex };
}
