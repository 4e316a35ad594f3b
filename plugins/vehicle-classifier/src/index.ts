import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { vehicleClassifierFamily } from "./vehicle-classifier-family.ts";

export { loadVehicleClassifierModel } from "./load-vehicle-classifier-model.ts";
export { type VehicleResult, vehicleResult } from "./vehicle-result.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-vehicle-classifier",
  loaders: { "vehicle-classifier": vehicleClassifierFamily.loader },
  adopt: { "vehicle-classifier": vehicleClassifierFamily.adopt },
});

export default plugin;
