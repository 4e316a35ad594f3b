import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { adoptSegformer } from "./adopt-segformer.ts";
import { SegformerLoader } from "./segformer-loader.ts";

export { type ClothingItem, type ClothingResult, clothingResult } from "./clothing-result.ts";
export { loadSegformerModel, type SegformerModel } from "./load-segformer-model.ts";
export { SegformerLoader } from "./segformer-loader.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-segformer",
  loaders: { segformer: SegformerLoader },
  adopt: { segformer: adoptSegformer },
});

export default plugin;
