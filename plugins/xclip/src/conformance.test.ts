import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { adoptedSpec, CheckpointFolder, parseModelSpec } from "@menagerie/core";
import { onnxProvider } from "@menagerie/onnx";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import { parse } from "yaml";
import { adoptXclip } from "./adopt-xclip.ts";
import plugin from "./index.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const artifactsRoot = `${packageDir}fixtures/four-frames`;

describeModelPlugin({
  packageDir,
  plugin,
  engines: [onnxProvider],
  model: async () => {
    const like = parseModelSpec(parse(await readFile(`${packageDir}models/xclip-base.yaml`, "utf8")), "xclip-base");
    const adopted = await adoptXclip(new CheckpointFolder(artifactsRoot), like);
    return { spec: adoptedSpec(adopted, like, "four-frames"), artifactsRoot };
  },
  examples: async () => {
    const frame = new Uint8Array(await readFile(`${packageDir}fixtures/frames/moving-00.jpg`));
    return { "match-video": { frames: [frame], labels: ["a person running", "a dog"] } };
  },
});
