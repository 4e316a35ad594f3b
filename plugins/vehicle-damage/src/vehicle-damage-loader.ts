import { type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core/loader";
import { DamageSegmenter } from "./damage-segmenter.ts";

/** A segmenting YOLO of damage, as ultralytics exports it: one graph, `model`. */
export class VehicleDamageLoader extends ModelLoaderBase<DamageSegmenter> {
  protected override readonly tasks: TaskMethods<DamageSegmenter> = {
    "segment-objects": (segmenter, input, { signal }) => segmenter.segment(input, signal),
  };

  protected override open(context: LoadContext): Promise<DamageSegmenter> {
    return DamageSegmenter.open(context);
  }
}
