import { type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core/loader";
import { Segformer } from "./segformer.ts";

/** A SegFormer in the layout of its public conversions: one graph, from pictures to logits of a quarter of their sides. */
export class SegformerLoader extends ModelLoaderBase<Segformer> {
  protected override readonly tasks: TaskMethods<Segformer> = {
    "segment-image": async (segformer, { image }, { signal }) => {
      const [map] = await segformer.classMaps([image], signal);
      return segformer.described(map);
    },
  };

  protected override open(context: LoadContext): Promise<Segformer> {
    return Segformer.open(context);
  }
}
