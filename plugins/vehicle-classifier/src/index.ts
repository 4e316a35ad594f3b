import type { FunctionalForm } from "@menagerie/core/loader";
import { type ImageClassifierModel, imageClassifierForm } from "@menagerie/vision/loaders";

export { type VehicleResult, vehicleResult } from "./vehicle-result.ts";

/**
 * Loads the checkpoint in a folder with config.json, preprocessor_config.json and onnx/model.onnx: the functional form.
 * @throws ModelError `checkpoint_invalid` with the file and the key that do not fit
 */
export const loadVehicleClassifierModel: FunctionalForm<ImageClassifierModel> = imageClassifierForm({
  model_name: "vehicle-classifier",
  role: "vehicle_classification",
  // What its users train such a ResNet with, which no file of a checkpoint says; the model's own spec has the same.
  preprocessing: {
    image: {
      arithmetic: "pillow-13",
      convert_rgb: false,
      resize: { width: 224, height: 224 },
      filter: "bilinear",
      crop_rounding: "round",
      rescale_factor: 1 / 255,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    },
  },
  parameters: { assumed_preprocessing: true },
});
