import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { adoptClip } from "./adopt-clip.ts";
import { ClipLoader } from "./clip-loader.ts";

export { ClipLoader } from "./clip-loader.ts";
export { type ClipModel, loadClipModel } from "./load-clip-model.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-clip",
  loaders: { clip: ClipLoader },
  adopt: { clip: adoptClip },
});

export default plugin;
