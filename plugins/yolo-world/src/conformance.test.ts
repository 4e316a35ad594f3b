import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { adoptedSpec, CheckpointFolder, parseModelSpec } from "@menagerie/core";
import { onnxProvider } from "@menagerie/onnx";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import { parse } from "yaml";
import { adoptYoloWorld } from "./adopt-yolo-world.ts";
import plugin from "./index.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const artifactsRoot = `${packageDir}fixtures/open`;

describeModelPlugin({
  packageDir,
  plugin,
  engines: [onnxProvider],
  model: async () => {
    const like = parseModelSpec(parse(await readFile(`${packageDir}models/yolo-world-s.yaml`, "utf8")), "yolo-world-s");
    const adopted = await adoptYoloWorld(new CheckpointFolder(artifactsRoot), like);
    return { spec: adoptedSpec(adopted, like, "open"), artifactsRoot };
  },
  examples: async () => ({
    "detect-objects": {
      image: new Uint8Array(await readFile(`${packageDir}fixtures/pictures/tall.png`)),
      labels: ["a cat", "a dog"],
    },
  }),
});
