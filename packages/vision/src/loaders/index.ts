import type { ModelSpec } from "@menagerie/core";
import type { Adopter } from "@menagerie/core/adopt";
import { definePlugin, type FunctionalForm, functionalForm, type Plugin } from "@menagerie/core/loader";
import { classifierGraph, onnxProvider } from "@menagerie/onnx";
import { usualImagePreprocessing } from "../preprocessing/image-preprocessing.ts";
import { adoptImageClassifier } from "./adopt-image-classifier.ts";
import { ImageClassifierLoader } from "./image-classifier-loader.ts";
import { type ImageClassifierModel, imageClassifierMethods } from "./image-classifier-model.ts";

export type { ImageClassifierModel } from "./image-classifier-model.ts";

/** Folders without a processor's file are prepared as the model that they are like, where its spec says so. */
const adopt: Adopter = async (folder, like) =>
  adoptImageClassifier(folder, like, await classifierGraph(folder), {
    preprocessing: like.parameters.assumed_preprocessing === true ? usualImagePreprocessing(like) : undefined,
  });

/** The functional form of an image classifier, for the package of one model. */
export function imageClassifierForm(
  declared: Partial<ModelSpec> & Pick<ModelSpec, "model_name" | "role">,
): FunctionalForm<ImageClassifierModel> {
  return functionalForm(
    {
      adopt,
      loader: ImageClassifierLoader,
      engines: [onnxProvider],
      declared: { tasks: ["classify-image"], loader: "@menagerie/vision#image-classifier", ...declared },
    },
    imageClassifierMethods,
  );
}

/** The loaders that a spec names without code of its own: `loader: "@menagerie/vision#image-classifier"`. */
const plugin: Plugin = definePlugin({
  name: "@menagerie/vision",
  loaders: { "image-classifier": ImageClassifierLoader },
  adopt: { "image-classifier": adopt },
});

export default plugin;
