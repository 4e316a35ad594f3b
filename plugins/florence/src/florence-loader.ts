import { type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core/loader";
import { Florence } from "./florence.ts";

/** Florence-2 in the layout of its public conversions: `vision_encoder`, `embed_tokens`, `encoder_model` and a decoder. */
export class FlorenceLoader extends ModelLoaderBase<Florence> {
  protected override readonly tasks: TaskMethods<Florence> = {
    "describe-image": async (florence, input, { signal }) => (await florence.describe(input, signal)).output,
  };

  protected override open(context: LoadContext): Promise<Florence> {
    return Florence.open(context);
  }
}
