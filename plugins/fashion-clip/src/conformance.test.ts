import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { adoptedSpec, CheckpointFolder, parseModelSpecs } from "@menagerie/core";
import { onnxProvider } from "@menagerie/onnx";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import { describe } from "vitest";
import { parse } from "yaml";
import { adoptFashionClip } from "./adopt-fashion-clip.ts";
import plugin from "./index.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));

describe.each([
  ["fashion-clip", "clip"],
  ["fashion-siglip", "siglip"],
])("with %s", (name, folder) => {
  const artifactsRoot = `${packageDir}fixtures/${folder}`;
  describeModelPlugin({
    packageDir,
    plugin,
    engines: [onnxProvider],
    model: async () => {
      const [like] = parseModelSpecs(parse(await readFile(`${packageDir}models/${name}.yaml`, "utf8")), name);
      const adopted = await adoptFashionClip(new CheckpointFolder(artifactsRoot), like);
      return { spec: adoptedSpec(adopted, like, folder), artifactsRoot };
    },
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
