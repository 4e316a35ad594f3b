import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { adoptedSpec, CheckpointFolder, parseModelSpecs } from "@menagerie/core";
import { onnxProvider } from "@menagerie/onnx";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import { parse } from "yaml";
import { adoptSegformer } from "./adopt-segformer.ts";
import plugin from "./index.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const artifactsRoot = `${packageDir}fixtures/seed-1`;
const name = "segformer-b2-clothes";

describeModelPlugin({
  packageDir,
  plugin,
  engines: [onnxProvider],
  model: async () => {
    const [like] = parseModelSpecs(parse(await readFile(`${packageDir}models/${name}.yaml`, "utf8")), name);
    const adopted = await adoptSegformer(new CheckpointFolder(artifactsRoot), like);
    return { spec: adoptedSpec(adopted, like, "seed-1"), artifactsRoot };
  },
  examples: async () => ({
    "segment-image": { image: new Uint8Array(await readFile(`${packageDir}fixtures/pictures/tall.png`)) },
  }),
});
