import type { EstimateDepthOutput } from "@menagerie/core";
import { type FunctionalForm, type FunctionalModel, functionalForm } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { adoptDepthAnything } from "./adopt-depth-anything.ts";
import { DepthAnythingLoader } from "./depth-anything-loader.ts";

/** A Depth-Anything that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface DepthAnythingModel extends FunctionalModel {
  /** Pictures go one by one: each shape is a size of its own to the model. */
  estimateDepth(image: Uint8Array): Promise<EstimateDepthOutput>;
}

/**
 * Loads the Depth-Anything in a folder with config.json, preprocessor_config.json and onnx/model.onnx: the functional form of
 * DepthAnythingLoader.
 * @throws ModelError `checkpoint_invalid` with the file and the key that do not fit
 */
export const loadDepthAnythingModel: FunctionalForm<DepthAnythingModel> = functionalForm(
  {
    adopt: adoptDepthAnything,
    loader: DepthAnythingLoader,
    engines: [onnxProvider],
    declared: {
      model_name: "depth-anything",
      role: "depth_estimation",
      tasks: ["estimate-depth"],
      loader: "depth-anything",
      resource_requirements: { vram_mb: 0, ram_mb: 1, max_batch: 1 },
    },
  },
  ({ loader }) => ({ estimateDepth: (image: Uint8Array) => loader.run("estimate-depth", { image }) }),
);
