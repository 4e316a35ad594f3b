import { type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core/loader";
import { ImageClassifier } from "./image-classifier.ts";

/** Any model with one graph from pictures to the logits of its labels. */
export class ImageClassifierLoader extends ModelLoaderBase<ImageClassifier> {
  protected override readonly tasks: TaskMethods<ImageClassifier> = {
    "classify-image": async (classifier, { image, top_k }, { signal }) => {
      const [labels = []] = await classifier.classify([image], signal);
      return { labels: labels.slice(0, top_k) };
    },
  };

  protected override open(context: LoadContext): Promise<ImageClassifier> {
    return ImageClassifier.open(context);
  }
}
