import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import plugin from "./index.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const demo = fileURLToPath(new URL("../../../packages/demo", import.meta.url));

describeModelPlugin({
  packageDir,
  plugin,
  model: { like: "brisque-quality", folder: "../../packages/demo/artifacts/brisque" },
  examples: async () => ({
    "score-image": { image: new Uint8Array(await readFile(`${demo}/fixtures/brisque/clean.png`)) },
  }),
});
