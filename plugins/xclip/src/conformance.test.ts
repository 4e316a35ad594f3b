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
  model: { like: "xclip-base", folder: "fixtures/four-frames" },
  examples: async () => {
    const frame = new Uint8Array(await readFile(`${packageDir}fixtures/frames/moving-00.jpg`));
    return { "match-video": { frames: [frame], labels: ["a person running", "a dog"] } };
  },
});
