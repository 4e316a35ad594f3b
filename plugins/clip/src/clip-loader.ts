import { type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core/loader";
import { pictureTextTasks } from "@menagerie/embedding";
import { clipParameters } from "./clip-parameters.ts";
import { ClipTowers } from "./clip-towers.ts";

/** CLIP as two graphs, `vision_model` and `text_model`, as one, `model`, or as one of the two alone: the spec's graphs say which. */
export class ClipLoader extends ModelLoaderBase<ClipTowers> {
  protected override readonly tasks: TaskMethods<ClipTowers> = pictureTextTasks(this.spec, (towers) => towers.scores);

  protected override open(context: LoadContext): Promise<ClipTowers> {
    clipParameters(context.spec);
    return ClipTowers.open(context);
  }
}
