import { configDefaults, defineConfig, type ViteUserConfig } from "vitest/config";
import everyDay from "./vitest.config.ts";

/** Tests that take longer than one waits for at each change: `npm run test:long`. */
const config: ViteUserConfig = defineConfig({
  ...everyDay,
  test: {
    ...everyDay.test,
    include: ["packages/*/src/**/*.long.test.ts", "plugins/*/src/**/*.long.test.ts", "tools/**/*.long.test.ts"],
    exclude: configDefaults.exclude,
    // Each starts several processes.
    testTimeout: 60_000,
  },
});

export default config;
