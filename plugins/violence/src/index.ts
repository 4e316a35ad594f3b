import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { violenceFamily } from "./violence-family.ts";

export { loadViolenceModel } from "./load-violence-model.ts";
export { type ViolenceResult, violenceResult } from "./violence-result.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-violence",
  loaders: { violence: violenceFamily.loader },
  adopt: { violence: violenceFamily.adopt },
});

export default plugin;
