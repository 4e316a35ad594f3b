import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Versions that are asked for by npm's own words, so that they come through its registry as anything else does. */
const pnpm = ["npx", ["--yes", "pnpm@10"]];
const yarn = ["npx", ["--yes", "--package=@yarnpkg/cli-dist@4", "yarn"]];

/**
 * The ways in which an application is installed. Each gets the folder and its tarballs by name: none of the packages is in a
 * registry, so what depends on them by version must be led to the tarballs.
 */
export const installers = {
  npm: (run) => run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"]),
  "npm-linked": (run) =>
    run("npm", ["install", "--install-strategy=linked", "--no-audit", "--no-fund", "--loglevel=error"]),
  pnpm(run, app, tarballs) {
    const overrides = Object.entries(tarballs).map(([name, file]) => `  "${name}": "file:${file}"`);
    writeFileSync(
      join(app, "pnpm-workspace.yaml"),
      ["packages: []", "ignoredBuiltDependencies: [onnxruntime-node, esbuild]", "overrides:", ...overrides, ""].join(
        "\n",
      ),
    );
    run(pnpm[0], [...pnpm[1], "install", "--no-frozen-lockfile", "--reporter=append-only"]);
  },
  yarn(run, app) {
    writeFileSync(
      join(app, ".yarnrc.yml"),
      [
        "nodeLinker: node-modules",
        "enableScripts: false",
        "enableTelemetry: false",
        "enableImmutableInstalls: false",
        "",
      ].join("\n"),
    );
    writeFileSync(join(app, "yarn.lock"), "");
    run(yarn[0], [...yarn[1], "install"]);
  },
};
