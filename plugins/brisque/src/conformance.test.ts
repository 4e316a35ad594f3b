import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { adoptedSpec, CheckpointFolder, parseModelSpec } from "@menagerie/core";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import { parse } from "yaml";
import { adoptBrisque } from "./adopt-brisque.ts";
import plugin from "./index.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const demo = fileURLToPath(new URL("../../../packages/demo", import.meta.url));

describeModelPlugin({
  packageDir,
  plugin,
  model: async () => {
    const like = parseModelSpec(
      parse(await readFile(`${packageDir}models/brisque-quality.yaml`, "utf8")),
      "brisque-quality",
    );
    const adopted = await adoptBrisque(new CheckpointFolder(`${demo}/artifacts/brisque`));
    return { spec: adoptedSpec(adopted, like, "demo"), artifactsRoot: `${demo}/artifacts/brisque` };
  },
  examples: async () => ({
    "score-image": { image: new Uint8Array(await readFile(`${demo}/fixtures/brisque/clean.png`)) },
  }),
});
