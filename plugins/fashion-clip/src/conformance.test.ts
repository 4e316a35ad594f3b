import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { onnxProvider } from "@menagerie/onnx";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import { describe } from "vitest";
import plugin from "./index.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));

describe.each([
  ["fashion-clip", "clip"],
  ["fashion-siglip", "siglip"],
])("with %s", (name, folder) => {
  describeModelPlugin({
    packageDir,
    plugin,
    engines: [onnxProvider],
    model: { like: name, folder: `fixtures/${folder}` },
    examples: async () => {
      const image = new Uint8Array(await readFile(`${packageDir}fixtures/pictures/tall.png`));
      return {
        "embed-image": { image },
        "embed-text": { text: "a red dress" },
        "match-image": { images: [image], labels: ["a red dress", "a suit"] },
      };
    },
  });
});
