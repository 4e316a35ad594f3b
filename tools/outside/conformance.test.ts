import { fileURLToPath } from "node:url";
import { readModelSpecs } from "@menagerie/core/host";
import type { Plugin } from "@menagerie/core/loader";
import { describeModelPlugin } from "@menagerie/testing/conformance";

// Questions of tasks that nobody else has are made from their schemas.
for (const [name, model] of [
  ["classify-text", "mood"],
  ["embed-audio", "loudness"],
  ["paint-image", "mirror"],
] as const) {
  const packageDir = fileURLToPath(new URL(`plugins/${name}`, import.meta.url));
  const { default: plugin } = (await import(`./plugins/${name}/index.js`)) as { default: Plugin };
  const [spec] = await readModelSpecs(`${packageDir}/models/${model}.yaml`);
  if (spec === undefined) throw new TypeError(`${name} has no model`);
  describeModelPlugin({ packageDir, plugin, model: async () => ({ spec, artifactsRoot: packageDir }) });
}
