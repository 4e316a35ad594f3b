import type { AdoptedCheckpoint, CheckpointFolder, ModelSpec } from "@menagerie/core";
import { adoptedGraph } from "@menagerie/onnx";
import { adoptPictureModel } from "@menagerie/vision";
import { z } from "zod";

/** Public conversions have a config.json of little more than `model_type`. */
const configSchema = z.object({
  model_type: z.literal("depth_anything"),
  depth_estimation_type: z.string().default("relative"),
  patch_size: z.int().positive().default(14),
});

/**
 * Reads the folder of a Depth-Anything: config.json, preprocessor_config.json and the graph
 * `pixel_values -> predicted_depth [batch, rows, columns]`.
 * @throws ModelError `checkpoint_invalid` with the file and the key that do not fit; a metric model is refused, since larger is farther there
 */
export async function adoptDepthAnything(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const config = await folder.json("config.json", configSchema);
  if (config.depth_estimation_type !== "relative")
    throw folder.refusal(
      "config.json",
      "depth_estimation_type",
      `is "${config.depth_estimation_type}"; relative inverse depth is what this loader reads`,
    );
  const graph = await adoptedGraph(folder, "model");
  const { spec, findings } = await adoptPictureModel(folder, like, graph, { output: "predicted_depth" });
  const image = spec.preprocessing?.image;
  if (image?.crop !== undefined || image?.pad !== undefined)
    throw folder.refusal(
      "preprocessor_config.json",
      image.crop === undefined ? "do_pad" : "do_center_crop",
      "is true, and the depth would not be that of the whole picture alone",
    );
  const { resize } = image ?? {};
  const multiple = resize !== undefined && "width" in resize ? resize.ensure_multiple_of : undefined;
  if (multiple !== undefined && multiple % config.patch_size !== 0)
    throw folder.refusal(
      "preprocessor_config.json",
      "ensure_multiple_of",
      `is ${multiple}, and the model takes multiples of ${config.patch_size} (config.json, patch_size)`,
    );
  return { spec: { ...spec, parameters: {} }, findings: [...findings, "relative inverse depth: larger is nearer"] };
}
