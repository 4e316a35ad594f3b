import {
  type AdoptedCheckpoint,
  adoptedRequirements,
  type CheckpointFolder,
  type ModelSpec,
  type TensorDeclaration,
} from "@menagerie/core";
import { type AdoptedGraph, adoptedGraph } from "@menagerie/onnx";
import { type VitPoseConfig, vitPoseConfigSchema } from "./vitpose-config.ts";
import { vitPosePreprocessing } from "./vitpose-image-processor.ts";

/** Reads a ViTPose folder in the layout of the public conversions. */
export async function adoptVitPose(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const config = await folder.json("config.json", vitPoseConfigSchema);
  const image = await vitPosePreprocessing(folder);
  const graph = await adoptedGraph(folder, "model");
  const [height, width] = config.backbone_config.image_size;
  checkSize(folder, image.resize, width, height);
  const { pixels, heatmaps, takesIndex } = checkGraph(folder, graph, config);
  const { num_experts } = config.backbone_config;
  const expert = takesIndex
    ? `${num_experts} experts, the one of data set ${indexOf(like)} is asked`
    : num_experts > 1
      ? `${num_experts} experts, one of them baked in`
      : "no experts";
  return {
    spec: {
      precision: graph.precision,
      local_artifacts: [...graph.artifacts],
      preprocessing: { image: pixels.dtype === "float16" ? { ...image, dtype: "float16" } : image },
      graphs: { model: graph.declaration },
      input_schema: {
        model: {
          pixel_values: { dtype: pixels.dtype, shape: ["batch", 3, height, width] },
          ...(takesIndex ? { dataset_index: { dtype: "int64", shape: ["batch"] } } : {}),
        },
      },
      output_schema: {
        model: { heatmaps: { dtype: heatmaps.dtype, shape: ["batch", config.id2label.length, "height", "width"] } },
      },
      resource_requirements: adoptedRequirements(like, graph.artifacts),
      labels: config.id2label,
      parameters: { edges: config.edges, ...(takesIndex ? { dataset_index: indexOf(like) } : {}) },
    },
    findings: [
      `people: ${width} x ${height} px, cut out with a quarter around them (preprocessor_config.json)`,
      `${config.id2label.length} keypoints, ${config.edges.length} lines between them (config.json)`,
      `${expert} (${graph.file})`,
      `weights ${graph.precision} (${graph.file})`,
    ],
  };
}

function indexOf(like: ModelSpec): number {
  return typeof like.parameters.dataset_index === "number" ? like.parameters.dataset_index : 0;
}

function checkSize(folder: CheckpointFolder, resize: unknown, width: number, height: number): void {
  const size = resize as { width: number; height: number };
  if (size.width === width && size.height === height) return;
  throw folder.refusal(
    "preprocessor_config.json",
    "size",
    `people come out as ${size.width} x ${size.height}, but the model takes ${width} x ${height} (config.json, backbone_config.image_size)`,
  );
}

interface PoseTensors {
  readonly pixels: TensorDeclaration;
  readonly heatmaps: TensorDeclaration;
  readonly takesIndex: boolean;
}

function checkGraph(folder: CheckpointFolder, { file, header }: AdoptedGraph, config: VitPoseConfig): PoseTensors {
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
  if (typeof channels === "number" && channels !== config.id2label.length)
    throw folder.refusal(
      file,
      "heatmaps",
      `are ${channels}, config.json names ${config.id2label.length} keypoints (id2label)`,
    );
  for (const edge of config.edges)
    if (Math.max(...edge) >= config.id2label.length)
      throw folder.refusal(
        "config.json",
        "edges",
        `joins ${edge.join(" and ")}, but there are ${config.id2label.length} keypoints`,
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
