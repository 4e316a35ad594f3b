import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { adoptDepthAnything } from "./adopt-depth-anything.ts";
import { DepthAnythingLoader } from "./depth-anything-loader.ts";

export { DepthAnythingLoader } from "./depth-anything-loader.ts";
export { type BoxValue, DepthMap } from "./depth-map.ts";
export { type DepthAnythingModel, loadDepthAnythingModel } from "./load-depth-anything-model.ts";
export { nearestFirst, type RankedBox } from "./nearest-first.ts";
export { type Proximity, proximityOf } from "./proximity.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-depth-anything",
  loaders: { "depth-anything": DepthAnythingLoader },
  adopt: { "depth-anything": adoptDepthAnything },
});

export default plugin;
