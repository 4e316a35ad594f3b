import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { adoptedSpec, CheckpointFolder, parseModelSpec } from "@menagerie/core";
import { onnxProvider } from "@menagerie/onnx";
import { describeModelPlugin } from "@menagerie/testing/conformance";
import { parse } from "yaml";
import { adoptVehicleDamage } from "./adopt-vehicle-damage.ts";
import plugin from "./index.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const artifactsRoot = `${packageDir}fixtures/square`;

describeModelPlugin({
  packageDir,
  plugin,
  engines: [onnxProvider],
  model: async () => {
    const like = parseModelSpec(
      parse(await readFile(`${packageDir}models/vehicle-damage-detection.yaml`, "utf8")),
      "vehicle-damage-detection",
    );
    const adopted = await adoptVehicleDamage(new CheckpointFolder(artifactsRoot), like);
    return { spec: adoptedSpec(adopted, like, "square"), artifactsRoot };
  },
  examples: async () => ({
    "segment-objects": {
      image: new Uint8Array(await readFile(`${packageDir}fixtures/pictures/tall.png`)),
    },
  }),
});
