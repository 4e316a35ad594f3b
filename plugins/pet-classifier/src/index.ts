import type { FunctionalForm } from "@menagerie/core/loader";
import { type ImageClassifierModel, imageClassifierForm } from "@menagerie/vision/loaders";

export { type PetResult, petResult } from "./pet-result.ts";

/**
 * Loads the checkpoint in a folder with config.json, preprocessor_config.json and onnx/model.onnx: the functional form.
 * @throws ModelError `checkpoint_invalid` with the file and the key that do not fit
 */
export const loadPetClassifierModel: FunctionalForm<ImageClassifierModel> = imageClassifierForm({
  model_name: "pet-classifier",
  role: "pet_classification",
});
