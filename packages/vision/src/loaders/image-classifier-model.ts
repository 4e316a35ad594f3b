import type { ClassifyImageOutput } from "@menagerie/core";
import type { FunctionalModel, OpenCheckpoint } from "@menagerie/core/loader";
import type { ImageClassifier } from "./image-classifier.ts";

/** An image classifier that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface ImageClassifierModel extends FunctionalModel {
  /** Labels of one picture, best first. @param topK how many to keep; default: all */
  classifyImage(image: Uint8Array, topK?: number): Promise<ClassifyImageOutput>;
  /** The same for many pictures, in batches. */
  classifyImages(images: readonly Uint8Array[], topK?: number): Promise<ClassifyImageOutput[]>;
}

/** What callers do with a classifier that is open. */
export function imageClassifierMethods({
  loader,
  opened,
  together,
}: OpenCheckpoint): Omit<ImageClassifierModel, keyof FunctionalModel> {
  return {
    classifyImage: (image, topK) => loader.run("classify-image", { image, top_k: topK }),
    async classifyImages(images, topK) {
      const inputOf = (image: Uint8Array): unknown => ({ image, top_k: topK });
      const answers = await together("classify-image", images, inputOf, () =>
        (opened as ImageClassifier).classify(images, new AbortController().signal),
      );
      return answers.map((labels) => ({ labels: labels.slice(0, topK) }));
    },
  };
}
