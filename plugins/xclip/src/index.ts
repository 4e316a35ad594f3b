import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { adoptXclip } from "./adopt-xclip.ts";
import { XclipLoader } from "./xclip-loader.ts";

export { type ActionCategory, type ActionRisk, actionCategories, actionLabels } from "./action-categories.ts";
export { type ActionAssessment, assessAction } from "./action-risk.ts";
export { loadXclipModel, type XclipModel } from "./load-xclip-model.ts";
export { takenFrames } from "./taken-frames.ts";
export { XclipLoader } from "./xclip-loader.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-xclip",
  loaders: { xclip: XclipLoader },
  adopt: { xclip: adoptXclip },
});

export default plugin;
