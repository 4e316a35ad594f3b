import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { adoptedSpec, CheckpointFolder, parseModelSpecs } from "@menagerie/core";
import { onnxProvider } from "@menagerie/onnx";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import { parse } from "yaml";
import { adoptWhisper } from "./adopt-whisper.ts";
import plugin from "./index.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const artifactsRoot = `${packageDir}fixtures/multilingual`;

describeModelPlugin({
  packageDir,
  plugin,
  engines: [onnxProvider],
  model: async () => {
    const [like] = parseModelSpecs(
      parse(await readFile(`${packageDir}models/whisper-tiny.yaml`, "utf8")),
      "whisper-tiny",
    );
    const adopted = await adoptWhisper(new CheckpointFolder(artifactsRoot), like);
    return { spec: adoptedSpec(adopted, like, "multilingual"), artifactsRoot };
  },
  examples: async () => ({
    "transcribe-audio": {
      audio: new Uint8Array(await readFile(`${packageDir}fixtures/recordings/voice.wav`)),
      timestamps: true,
    },
  }),
});
