import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { onnxProvider } from "@menagerie/onnx";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import plugin from "./index.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));

describeModelPlugin({
  packageDir,
  plugin,
  engines: [onnxProvider],
  model: { like: "vitpose-small", folder: "fixtures/experts" },
  examples: async () => ({
    "estimate-pose": {
      image: new Uint8Array(await readFile(`${packageDir}fixtures/pictures/tall.png`)),
      boxes: [[2, 3, 30, 100]],
    },
  }),
});
