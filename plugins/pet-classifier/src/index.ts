import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { petClassifierFamily } from "./pet-classifier-family.ts";

export { loadPetClassifierModel } from "./load-pet-classifier-model.ts";
export { type PetResult, petResult } from "./pet-result.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-pet-classifier",
  loaders: { "pet-classifier": petClassifierFamily.loader },
  adopt: { "pet-classifier": petClassifierFamily.adopt },
});

export default plugin;
