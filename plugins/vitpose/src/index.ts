import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { adoptVitPose } from "./adopt-vitpose.ts";
import { VitPoseLoader } from "./vitpose-loader.ts";

export { loadVitPoseModel, type VitPoseModel } from "./load-vitpose-model.ts";
export { classifyPose, type PoseAlert, type PoseClass, type PoseClassification, poseAlerts } from "./pose-class.ts";
export { VitPoseLoader } from "./vitpose-loader.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-vitpose",
  loaders: { vitpose: VitPoseLoader },
  adopt: { vitpose: adoptVitPose },
});

export default plugin;
