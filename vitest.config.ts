import { defineConfig, type ViteUserConfig } from "vitest/config";

// Tests run on source: every workspace package exports its src under this condition.
const conditions = ["menagerie-source"];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions: [...conditions, "module", "node"], externalConditions: conditions } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "plugins/*/src/**/*.test.ts", "tools/**/*.test.ts"],
    pool: "forks",
    testTimeout: 30_000,
  },
});

export default config;
