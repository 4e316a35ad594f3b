import { type LoadContext, ModelLoaderBase, pictureTextTasks, type TaskMethods } from "@menagerie/core";
import { clipParameters } from "./clip-parameters.ts";
import { ClipTowers } from "./clip-towers.ts";

/** CLIP in the layout of its public conversions: two graphs, `vision_model` and `text_model`. */
export class ClipLoader extends ModelLoaderBase<ClipTowers> {
  protected override readonly tasks: TaskMethods<ClipTowers> = pictureTextTasks(this.spec, () =>
    clipParameters(this.spec),
  );

  protected override open(context: LoadContext): Promise<ClipTowers> {
    clipParameters(context.spec);
    return ClipTowers.open(context);
  }
}
