import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { logTo, type ModelSpec } from "@menagerie/core";
import { createZoo, type LocalZoo } from "@menagerie/core/host";
import { sha256Of } from "@menagerie/core/loader";

const here = fileURLToPath(new URL(".", import.meta.url));

/** A zoo with one model: the graph in that file. @param warnings filled with what the host warns of */
export async function proofZoo(folder: string, file: string, warnings: string[] = []): Promise<LocalZoo> {
  const zoo = await createZoo({
    appDir: folder,
    cacheDir: join(folder, "cache"),
    log: logTo((level, message, fields) => {
      if (level === "warn" || level === "error") warnings.push(`${message} ${JSON.stringify(fields)}`);
    }),
  });
  zoo.add(await specOf(folder, file), join(here, "proof.yaml"));
  return zoo;
}

/** The spec of a graph in that file, which the proof's plugin runs. */
export async function specOf(folder: string, file: string): Promise<ModelSpec> {
  const path = join(folder, file);
  const { size } = await stat(path);
  return {
    model_name: "proof",
    model_version: "1",
    role: "proof",
    tasks: ["score-image"],
    plugin: "./plugin",
    loader: "graph",
    runtime: "inprocess",
    engine: "onnx",
    precision: "fp32",
    device_policy: "cpu",
    artifacts_root: folder,
    local_artifacts: [{ name: "model", path: file, kind: "file", sha256: await sha256Of(path), size_bytes: size }],
    weights_digest: "auto",
    preprocessing: {},
    preprocess_signature: "auto",
    graphs: { model: { artifact: "model" } },
    input_schema: {},
    output_schema: {},
    resource_requirements: { vram_mb: 0, ram_mb: Math.ceil((size / 1e6) * 1.5) + 200, max_batch: 1 },
    parameters: {},
    golden: [],
    licence: { id: "Apache-2.0" },
  };
}
