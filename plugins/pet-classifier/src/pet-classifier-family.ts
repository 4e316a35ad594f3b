import type { Adopter } from "@menagerie/core/adopt";
import { type CheckpointFamily, classifierGraph } from "@menagerie/onnx";
import { adoptImageClassifier, ImageClassifierLoader } from "@menagerie/vision";

const adopt: Adopter = async (folder, like) => adoptImageClassifier(folder, like, await classifierGraph(folder));

/** What these models share: one graph `model` from pictures to the logits of their labels, and the layout of its folder. */
export const petClassifierFamily: CheckpointFamily = {
  adopt,
  loader: ImageClassifierLoader,
  declared: {
    model_name: "pet-classifier",
    role: "pet_classification",
    tasks: ["classify-image"],
    loader: "pet-classifier",
  },
};
