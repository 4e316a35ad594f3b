import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { adoptFlorence } from "./adopt-florence.ts";
import { FlorenceLoader } from "./florence-loader.ts";

export {
  type EnvironmentContext,
  environmentContext,
  type TimeOfDay,
  type Weather,
} from "./attributes/environment-context.ts";
export {
  type Carried,
  type Garment,
  type GarmentName,
  type PersonAction,
  type PersonAttributes,
  personAttributes,
} from "./attributes/person-attributes.ts";
export {
  type SceneAnalysis,
  type SceneFinding,
  sceneAnalysis,
  securityVocabulary,
} from "./attributes/scene-analysis.ts";
export { saysYes } from "./attributes/spoken-answer.ts";
export {
  type VehicleAttributes,
  type VehicleBodyType,
  type VehicleColour,
  vehicleAttributes,
} from "./attributes/vehicle-attributes.ts";
export { FlorenceLoader } from "./florence-loader.ts";
export { type FlorenceModel, loadFlorenceModel } from "./load-florence-model.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-florence",
  loaders: { florence: FlorenceLoader },
  adopt: { florence: adoptFlorence },
});

export default plugin;
