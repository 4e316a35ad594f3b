import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onnxProvider } from "@menagerie/onnx";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import kit from "@menagerie/vision/loaders";
import classifyText from "outside-classify-text";
import embedAudio from "outside-embed-audio";
import abacus from "outside-engine-abacus";
import judgeBeads from "outside-judge-beads";
import paintImage from "outside-paint-image";
import { specIn } from "./spec-in.mjs";

const folderOf = (name) => join(dirname(fileURLToPath(import.meta.url)), "node_modules", name);

for (const [name, plugin, model, engines = []] of [
  ["outside-classify-text", classifyText, "mood"],
  ["outside-embed-audio", embedAudio, "loudness"],
  ["outside-paint-image", paintImage, "mirror"],
  ["outside-judge-beads", judgeBeads, "beads", [abacus]],
  ["outside-weather-in-yaml", kit, "tiny-weather", [onnxProvider]],
])
  describeModelPlugin({ packageDir: folderOf(name), plugin, engines, model: () => specIn(folderOf(name), model) });
