/**
 * One sample: several models are loaded in a fresh zoo, one after another or together. Prints JSON. The zoo has been idle for a
 * moment before, as a service has that has just started.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ModelSpec } from "@menagerie/core";
import { createZoo, type LocalZoo } from "@menagerie/core/host";
import { sha256Of } from "@menagerie/core/loader";
import { LoopGap } from "./loop-gap.ts";

const [way = "", folder = "", cacheDir = ""] = process.argv.slice(2);
const proof = fileURLToPath(new URL("../../proof/", import.meta.url));

/** Milliseconds that a service which has just started waits for its first load. */
const idleMs = 1500;

const zoo = await createZoo({ appDir: folder, cacheDir, spec: { memory_mb: { cpu: 8000 } } });
const files = (await readdir(folder)).filter((name) => name.endsWith(".onnx")).sort();
for (const file of files) zoo.add(await specOf(file), join(proof, `${file}.yaml`));
await setTimeout(idleMs);
const gap = new LoopGap();
const started = performance.now();
if (way === "together") requireAll(await zoo.loadAll({ maxWorkers: files.length }));
else for (const { model_name } of zoo.models) await zoo.load(model_name);
const ms = performance.now() - started;
process.stdout.write(JSON.stringify({ ms, gap: gap.stop() }));
await zoo.close();

function requireAll(outcomes: Awaited<ReturnType<LocalZoo["loadAll"]>>): void {
  for (const { error } of outcomes) if (error !== undefined) throw error;
}

async function specOf(file: string): Promise<ModelSpec> {
  const path = join(folder, file);
  const { size } = await stat(path);
  return {
    model_name: file.replace(".onnx", ""),
    model_version: "1",
    role: file.replace(".onnx", "").replaceAll("-", "_"),
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
