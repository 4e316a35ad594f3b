/**
 * One sample: several models are loaded in a fresh zoo, one after another or together. Prints JSON. The zoo has been idle for a
 * moment before, as a service has that has just started.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createZoo, type LocalZoo } from "@menagerie/core/host";
import { specOf } from "../../proof/proof-zoo.ts";
import { LoopGap } from "./loop-gap.ts";

const [way = "", folder = "", cacheDir = ""] = process.argv.slice(2);
const proof = fileURLToPath(new URL("../../proof/", import.meta.url));

/** Milliseconds that a service which has just started waits for its first load. */
const idleMs = 1500;

const zoo = await createZoo({ appDir: folder, cacheDir, spec: { memory_mb: { cpu: 8000 } } });
const files = (await readdir(folder)).filter((name) => name.endsWith(".onnx")).sort();
for (const file of files) {
  const name = file.replace(".onnx", "");
  const spec = { ...(await specOf(folder, file)), model_name: name, role: name.replaceAll("-", "_") };
  zoo.add(spec, join(proof, `${file}.yaml`));
}
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
