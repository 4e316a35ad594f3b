import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { weatherFamily } from "./weather-family.ts";

export { loadWeatherModel } from "./load-weather-model.ts";
export { type WeatherCondition, type WeatherResult, weatherResult } from "./weather-result.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-weather",
  loaders: { weather: weatherFamily.loader },
  adopt: { weather: weatherFamily.adopt },
});

export default plugin;
