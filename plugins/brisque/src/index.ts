import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { adoptBrisque } from "./adopt-brisque.ts";
import { BrisqueLoader } from "./brisque-loader.ts";

export { BrisqueLoader } from "./brisque-loader.ts";
export { type BrisqueModel, loadBrisqueModel } from "./load-brisque-model.ts";
export { type QualityBand, type QualityResult, qualityDropped, qualityResult } from "./quality-result.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-brisque",
  loaders: { brisque: BrisqueLoader },
  adopt: { brisque: adoptBrisque },
});

export default plugin;
