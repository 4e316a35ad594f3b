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
  model: { like: "clip-vit-b32", folder: "fixtures/square" },
  examples: async () => {
    const image = new Uint8Array(await readFile(`${packageDir}fixtures/pictures/tall.png`));
    return {
      "embed-image": { image },
      "embed-text": { text: "a cat" },
      "match-image": { images: [image], labels: ["a cat", "a dog"] },
    };
  },
});
