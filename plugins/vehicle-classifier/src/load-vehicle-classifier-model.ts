import { type LoadCheckpointOptions, loadCheckpoint } from "@menagerie/onnx";
import { type ImageClassifierModel, imageClassifierModel } from "@menagerie/vision";
import { vehicleClassifierFamily } from "./vehicle-classifier-family.ts";

/**
 * Loads the checkpoint in a folder with config.json, preprocessor_config.json and onnx/model.onnx: the functional form.
 * @throws ModelError `checkpoint_invalid` with the file and the key that do not fit
 */
export async function loadVehicleClassifierModel(
  path: string,
  options: LoadCheckpointOptions = {},
): Promise<ImageClassifierModel> {
  return imageClassifierModel(await loadCheckpoint(path, vehicleClassifierFamily, options), options.device);
}
