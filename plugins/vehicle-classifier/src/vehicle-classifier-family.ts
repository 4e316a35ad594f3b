import type { Adopter } from "@menagerie/core";
import { adoptedGraph, type CheckpointFamily } from "@menagerie/onnx";
import { adoptImageClassifier, ImageClassifierLoader } from "@menagerie/vision";

const adopt: Adopter = async (folder, like) => adoptImageClassifier(folder, like, await adoptedGraph(folder, "model"));

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
