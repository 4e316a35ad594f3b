import type { Adopter } from "@menagerie/core/adopt";
import { type CheckpointFamily, classifierGraph } from "@menagerie/onnx";
import type { ImagePreprocessing } from "@menagerie/vision";
import { adoptImageClassifier, ImageClassifierLoader } from "@menagerie/vision";

/**
 * What its users train such a ResNet with, which no file of the checkpoint says: torchvision's Resize((224, 224)) of a Pillow
 * picture, ToTensor and ImageNet's Normalize.
 */
const preprocessing: ImagePreprocessing = {
  arithmetic: "pillow-13",
  convert_rgb: false,
  resize: { width: 224, height: 224 },
  filter: "bilinear",
  crop_rounding: "round",
  rescale_factor: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

const adopt: Adopter = async (folder, like) =>
  adoptImageClassifier(folder, like, await classifierGraph(folder), { preprocessing });

/** What these models share: one graph `model` from pictures to the logits of their labels, and the layout of its folder. */
export const vehicleClassifierFamily: CheckpointFamily = {
  adopt,
  loader: ImageClassifierLoader,
  declared: {
    model_name: "vehicle-classifier",
    role: "vehicle_classification",
    tasks: ["classify-image"],
    loader: "vehicle-classifier",
  },
};
