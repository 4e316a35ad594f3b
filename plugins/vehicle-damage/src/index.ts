import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { adoptVehicleDamage } from "./adopt-vehicle-damage.ts";
import { VehicleDamageLoader } from "./vehicle-damage-loader.ts";

export {
  type DamageReport,
  type DamageSuspicion,
  type DamageType,
  damageReport,
  damageType,
  isHighSecurityDamage,
} from "./damage-report.ts";
export { loadVehicleDamageModel, type VehicleDamageModel } from "./load-vehicle-damage-model.ts";
export { VehicleDamageLoader } from "./vehicle-damage-loader.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-vehicle-damage",
  loaders: { "vehicle-damage": VehicleDamageLoader },
  adopt: { "vehicle-damage": adoptVehicleDamage },
});

export default plugin;
