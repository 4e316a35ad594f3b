import { type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core/loader";
import { pictureTextTasks } from "@menagerie/embedding";
import { FashionEncoder } from "./fashion-encoder.ts";

/** FashionCLIP as one graph, `model`, or FashionSigLIP as two, `vision_model` and `text_model`: the spec's graphs say which. */
export class FashionClipLoader extends ModelLoaderBase<FashionEncoder> {
  protected override readonly tasks: TaskMethods<FashionEncoder> = pictureTextTasks(
    this.spec,
    (encoder) => encoder.scores,
  );

  protected override open(context: LoadContext): Promise<FashionEncoder> {
    return FashionEncoder.open(context);
  }
}
