import type { ModelSpec } from "@menagerie/core";
import type { AdoptedCheckpoint, CheckpointFolder } from "@menagerie/core/adopt";
import { adoptedGraph } from "@menagerie/onnx";
import type { ImagePreprocessing } from "@menagerie/vision";
import { adoptPictureModel } from "@menagerie/vision";
import { z } from "zod";
import type { DepthAnythingParameters } from "./depth-anything-parameters.ts";

const side = z.int().positive();

/** Public conversions have a config.json of little more than `model_type`. */
const configSchema = z.object({
  model_type: z.literal("depth_anything"),
  depth_estimation_type: z.enum(["relative", "metric"]).default("relative"),
  patch_size: z.union([side, z.tuple([side]).transform(([only]) => only)]).optional(),
});

/**
 * Reads the folder of a Depth-Anything: config.json, preprocessor_config.json and the graph
 * `pixel_values -> predicted_depth [batch, rows, columns]`.
 * @throws ModelError `checkpoint_invalid` with the file and the key that do not fit
 */
export async function adoptDepthAnything(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const { depth_estimation_type: depth, patch_size } = await folder.json("config.json", configSchema);
  const graph = await adoptedGraph(folder, "model");
  const { spec, findings } = await adoptPictureModel(folder, like, graph, { output: "predicted_depth" });
  const axes = graph.header.outputs.predicted_depth?.shape ?? [];
  if (axes.length !== 3)
    throw folder.refusal(graph.file, "predicted_depth", `has ${axes.length} axes; [batch, rows, columns] are expected`);
  const parameters: DepthAnythingParameters = { depth, ...(patch_size === undefined ? {} : { patch_size }) };
  return {
    spec: { ...spec, parameters: { ...parameters } },
    findings: [
      ...findings,
      ...shapeFindings(
        spec.preprocessing?.image as ImagePreprocessing | undefined,
        graph.header.inputs.pixel_values?.shape,
      ),
      depth === "metric" ? "depth in metres: larger is farther" : "relative inverse depth: larger is nearer",
    ],
  };
}

/** What a person should know of the pictures that this graph gets. */
function shapeFindings(image: ImagePreprocessing | undefined, shape: readonly (number | string)[] = []): string[] {
  const findings: string[] = [];
  const isWhole = image?.crop === undefined && image?.pad === undefined;
  if (!isWhole)
    findings.push(
      `pictures are ${image?.crop === undefined ? "filled up" : "cropped"}, and the depth of what comes out is stretched over the whole picture, as in transformers`,
    );
  const [, , rows, columns] = shape;
  const { resize } = image ?? {};
  const keepsAspect = resize !== undefined && "width" in resize && resize.keep_aspect_ratio === true;
  if (keepsAspect && typeof rows === "number" && typeof columns === "number")
    findings.push(`the graph takes ${columns} x ${rows} px alone: pictures that come out in another shape are refused`);
  return findings;
}
