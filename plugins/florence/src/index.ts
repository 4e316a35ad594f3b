import { definePlugin, type Plugin } from "@menagerie/core";
import { adoptFlorence } from "./adopt-florence.ts";
import { FlorenceLoader } from "./florence-loader.ts";

export { FlorenceLoader } from "./florence-loader.ts";
export { type FlorenceModel, loadFlorenceModel } from "./load-florence-model.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-florence",
  loaders: { florence: FlorenceLoader },
  adopt: { florence: adoptFlorence },
});

export default plugin;
