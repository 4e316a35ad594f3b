import { type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core/loader";
import { VitPose } from "./vit-pose.ts";

/** ViTPose and ViTPose+ in the layout of their public conversions: one graph, `model`. */
export class VitPoseLoader extends ModelLoaderBase<VitPose> {
  protected override readonly tasks: TaskMethods<VitPose> = {
    "estimate-pose": (pose, input, { signal }) => pose.estimate(input, signal),
  };

  protected override open(context: LoadContext): Promise<VitPose> {
    return VitPose.open(context);
  }
}
