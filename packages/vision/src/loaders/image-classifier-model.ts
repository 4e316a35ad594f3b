import type { ClassifyImageOutput, Device, ModelSpec } from "@menagerie/core";
import type { ModelLoader } from "@menagerie/core/loader";
import type { ImageClassifier } from "./image-classifier.ts";

/** An image classifier that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface ImageClassifierModel extends AsyncDisposable {
  readonly spec: ModelSpec;
  /** Labels of one picture, best first. @param topK how many to keep; default: all */
  classifyImage(image: Uint8Array, topK?: number): Promise<ClassifyImageOutput>;
  /** The same for many pictures, in batches. */
  classifyImages(images: readonly Uint8Array[], topK?: number): Promise<ClassifyImageOutput[]>;
}

/** A loader that is loaded on `device` as such a model. */
export function imageClassifierModel(
  { spec, loader }: { spec: ModelSpec; loader: ModelLoader },
  device: Device = "cpu",
): ImageClassifierModel {
  const never = new AbortController().signal;
  return {
    spec,
    classifyImage: (image, topK) => loader.run("classify-image", { image, top_k: topK }),
    async classifyImages(images, topK) {
      const classifier = (await loader.load(device)) as ImageClassifier;
      const answers = await classifier.classify(images, never);
      return answers.map((labels) => ({ labels: labels.slice(0, topK) }));
    },
    [Symbol.asyncDispose]: () => loader.unload(),
  };
}
