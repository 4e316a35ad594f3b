import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { adoptedSpec, CheckpointFolder, parseModelSpec } from "@menagerie/core";
import { onnxProvider } from "@menagerie/onnx";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import { parse } from "yaml";
import { adoptFlorence } from "./adopt-florence.ts";
import plugin from "./index.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const artifactsRoot = `${packageDir}fixtures/merged`;

describeModelPlugin({
  packageDir,
  plugin,
  engines: [onnxProvider],
  model: async () => {
    const like = parseModelSpec(
      parse(await readFile(`${packageDir}models/florence-2-base.yaml`, "utf8")),
      "florence-2-base",
    );
    const adopted = await adoptFlorence(new CheckpointFolder(artifactsRoot), like);
    return { spec: adoptedSpec(adopted, like, "merged"), artifactsRoot };
  },
  examples: async () => ({
    "describe-image": {
      image: new Uint8Array(await readFile(`${packageDir}fixtures/pictures/tall.png`)),
      prompt: "object_detection",
      max_new_tokens: 12,
    },
  }),
});
