import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { onnxProvider } from "@menagerie/onnx";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import plugin from "@menagerie/vision/loaders";

const packageDir = fileURLToPath(new URL("..", import.meta.url));

describeModelPlugin({
  packageDir,
  plugin,
  engines: [onnxProvider],
  model: { like: "violence-detection", folder: "fixtures/seed-1" },
  examples: async () => ({
    "classify-image": { image: new Uint8Array(await readFile(`${packageDir}fixtures/pictures/tall.png`)) },
  }),
});
