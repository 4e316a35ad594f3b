import { configDefaults, defineConfig, type ViteUserConfig } from "vitest/config";

// Tests run on source: every workspace package exports its src under this condition.
const conditions = ["menagerie-source"];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions: [...conditions, "module", "node"], externalConditions: conditions } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "plugins/*/src/**/*.test.ts", "tools/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "**/*.long.test.ts"],
    pool: "forks",
    // Most of the time goes by in processes that the tests start: a worker for each core that is there.
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});

export default config;
