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
  model: { like: "whisper-tiny", folder: "fixtures/multilingual" },
  examples: async () => ({
    "transcribe-audio": {
      audio: new Uint8Array(await readFile(`${packageDir}fixtures/recordings/voice.wav`)),
      timestamps: true,
    },
  }),
});
