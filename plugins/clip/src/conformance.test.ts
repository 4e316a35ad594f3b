import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { adoptedSpec, CheckpointFolder, parseModelSpecs } from "@menagerie/core";
import { onnxProvider } from "@menagerie/onnx";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import { parse } from "yaml";
import { adoptClip } from "./adopt-clip.ts";
import plugin from "./index.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const artifactsRoot = `${packageDir}fixtures/square`;

describeModelPlugin({
  packageDir,
  plugin,
  engines: [onnxProvider],
  model: async () => {
    const [like] = parseModelSpecs(
      parse(await readFile(`${packageDir}models/clip-vit-b32.yaml`, "utf8")),
      "clip-vit-b32",
    );
    const adopted = await adoptClip(new CheckpointFolder(artifactsRoot), like);
    return { spec: adoptedSpec(adopted, like, "square"), artifactsRoot };
  },
  examples: async () => {
    const image = new Uint8Array(await readFile(`${packageDir}fixtures/pictures/tall.png`));
    return {
      "embed-image": { image },
      "embed-text": { text: "a cat" },
      "match-image": { images: [image], labels: ["a cat", "a dog"] },
    };
  },
});
