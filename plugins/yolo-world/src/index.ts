import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { adoptYoloWorld } from "./adopt-yolo-world.ts";
import { YoloWorldLoader } from "./yolo-world-loader.ts";

export { loadYoloWorldModel, type YoloWorldModel } from "./load-yolo-world-model.ts";
export {
  deliveryLabels,
  labelsOfPriority,
  type Priority,
  type SecurityCategory,
  type SecurityFinding,
  securityCategories,
  securityCategoryOf,
  securityFindings,
  securityLabels,
  securityQuestion,
  threatLabels,
} from "./security-categories.ts";
export { YoloWorldLoader } from "./yolo-world-loader.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-yolo-world",
  loaders: { "yolo-world": YoloWorldLoader },
  adopt: { "yolo-world": adoptYoloWorld },
});

export default plugin;
