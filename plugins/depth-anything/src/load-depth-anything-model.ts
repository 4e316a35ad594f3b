import type { EstimateDepthOutput, ModelSpec } from "@menagerie/core";
import { type LoadCheckpointOptions, loadCheckpoint } from "@menagerie/onnx";
import { adoptDepthAnything } from "./adopt-depth-anything.ts";
import { DepthAnythingLoader } from "./depth-anything-loader.ts";

/** A Depth-Anything that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface DepthAnythingModel extends AsyncDisposable {
  readonly spec: ModelSpec;
  /** Pictures go one by one: each shape is a size of its own to the model. */
  estimateDepth(image: Uint8Array): Promise<EstimateDepthOutput>;
}

/**
 * Loads the Depth-Anything in a folder with config.json, preprocessor_config.json and onnx/model.onnx: the functional form of
 * DepthAnythingLoader.
 * @throws ModelError `checkpoint_invalid` with the file and the key that do not fit
 */
export async function loadDepthAnythingModel(
  path: string,
  options: LoadCheckpointOptions = {},
): Promise<DepthAnythingModel> {
  const family = {
    adopt: adoptDepthAnything,
    loader: DepthAnythingLoader,
    declared: {
      model_name: "depth-anything",
      role: "depth_estimation",
      tasks: ["estimate-depth"] as ["estimate-depth"],
      loader: "depth-anything",
      resource_requirements: { vram_mb: 0, ram_mb: 1, max_batch: 1 },
    },
  };
  const { spec, loader } = await loadCheckpoint(path, family, options);
  return {
    spec,
    estimateDepth: (image) => loader.run("estimate-depth", { image }),
    [Symbol.asyncDispose]: () => loader.unload(),
  };
}
