import { type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core/loader";
import { Xclip } from "./xclip.ts";

/** X-CLIP as one graph, `model`: its texts are conditioned on the video, so its two sides cannot be told apart. */
export class XclipLoader extends ModelLoaderBase<Xclip> {
  protected override readonly tasks: TaskMethods<Xclip> = {
    "match-video": (xclip, input, { signal }) => xclip.match(input, signal),
  };

  protected override open(context: LoadContext): Promise<Xclip> {
    return Xclip.open(context);
  }
}
