import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { adoptedSpec, CheckpointFolder, parseModelSpec } from "@menagerie/core";
import { onnxProvider } from "@menagerie/onnx";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import { parse } from "yaml";
import { adoptVitPose } from "./adopt-vitpose.ts";
import plugin from "./index.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const artifactsRoot = `${packageDir}fixtures/experts`;

describeModelPlugin({
  packageDir,
  plugin,
  engines: [onnxProvider],
  model: async () => {
    const like = parseModelSpec(
      parse(await readFile(`${packageDir}models/vitpose-small.yaml`, "utf8")),
      "vitpose-small",
    );
    const adopted = await adoptVitPose(new CheckpointFolder(artifactsRoot), like);
    return { spec: adoptedSpec(adopted, like, "experts"), artifactsRoot };
  },
  examples: async () => ({
    "estimate-pose": {
      image: new Uint8Array(await readFile(`${packageDir}fixtures/pictures/tall.png`)),
      boxes: [[2, 3, 30, 100]],
    },
  }),
});
