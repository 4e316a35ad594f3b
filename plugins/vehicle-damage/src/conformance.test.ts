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
  model: { like: "vehicle-damage-detection", folder: "fixtures/square" },
  examples: async () => ({
    "segment-objects": {
      image: new Uint8Array(await readFile(`${packageDir}fixtures/pictures/tall.png`)),
    },
  }),
});
