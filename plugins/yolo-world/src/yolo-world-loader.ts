import { type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core/loader";
import { YoloWorld } from "./yolo-world.ts";

/** YOLO-World v2 with its vocabulary as an input (graphs `model` and `text_model`) or baked in (`model` alone). */
export class YoloWorldLoader extends ModelLoaderBase<YoloWorld> {
  protected override readonly tasks: TaskMethods<YoloWorld> = {
    "detect-objects": (world, input, { signal }) => world.detect(input, signal),
  };

  protected override open(context: LoadContext): Promise<YoloWorld> {
    return YoloWorld.open(context);
  }
}
