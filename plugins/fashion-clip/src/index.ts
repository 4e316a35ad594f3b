import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { adoptFashionClip } from "./adopt-fashion-clip.ts";
import { FashionClipLoader } from "./fashion-clip-loader.ts";

export { assessClothing, type ClothingAssessment } from "./clothing-assessment.ts";
export {
  type ClothingCategory,
  clothingCategories,
  clothingColours,
  clothingLabels,
} from "./clothing-categories.ts";
export { FashionClipLoader } from "./fashion-clip-loader.ts";
export { type FashionClipModel, loadFashionClipModel } from "./load-fashion-clip-model.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-fashion-clip",
  loaders: { "fashion-clip": FashionClipLoader },
  adopt: { "fashion-clip": adoptFashionClip },
});

export default plugin;
