import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { adoptedSpec, CheckpointFolder, parseModelSpec } from "@menagerie/core";
import { onnxProvider } from "@menagerie/onnx";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import { parse } from "yaml";
import plugin from "./index.ts";
import { petClassifierFamily } from "./pet-classifier-family.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const artifactsRoot = `${packageDir}fixtures/seed-1`;

describeModelPlugin({
  packageDir,
  plugin,
  engines: [onnxProvider],
  model: async () => {
    const like = parseModelSpec(
      parse(await readFile(`${packageDir}models/pet-classifier.yaml`, "utf8")),
      "pet-classifier",
    );
    const adopted = await petClassifierFamily.adopt(new CheckpointFolder(artifactsRoot), like);
    return { spec: adoptedSpec(adopted, like, "seed-1"), artifactsRoot };
  },
  examples: async () => ({
    "classify-image": { image: new Uint8Array(await readFile(`${packageDir}fixtures/pictures/tall.png`)) },
  }),
});
