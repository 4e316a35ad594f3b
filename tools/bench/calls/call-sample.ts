/**
 * One sample of what calls cost, in a process of its own: `runner` asks a trivial model in its runner, `bare` runs a tiny
 * graph on the engine in this process. Prints a line of JSON: for each load, answers a second and microseconds of each.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelSpec } from "@menagerie/core";
import { createZoo } from "@menagerie/core/host";

const [way, graph = ""] = process.argv.slice(2);
/** The engine of JavaScript compiles what runs often. */
const warmUpMs = 1000;
const sampleMs = 400;
const loads = [1, 16].flatMap((clients) => [1000, 1_000_000].map((bytes) => ({ clients, bytes })));

type Ask = () => Promise<unknown>;

const folder = await mkdtemp(join(tmpdir(), "menagerie-calls-"));
try {
  const samples = way === "bare" ? await bare() : await throughRunner();
  process.stdout.write(`${JSON.stringify(samples)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function throughRunner(): Promise<unknown[]> {
  const zoo = await createZoo({ appDir: folder, cacheDir: join(folder, "cache"), spec: { memory_mb: { cpu: 2000 } } });
  zoo.add(spec(), fileURLToPath(new URL("bench.yaml", import.meta.url)));
  const samples: unknown[] = [];
  for (const { clients, bytes } of loads) {
    const image = new Uint8Array(bytes).fill(1);
    samples.push(await sample(clients, () => zoo.run("bench", "score-image", { image })));
  }
  await zoo[Symbol.asyncDispose]();
  return samples;
}

async function bare(): Promise<unknown[]> {
  const engine = (await import("onnxruntime-node")).default;
  const session = await engine.InferenceSession.create(graph, { intraOpNumThreads: 1 });
  const samples: unknown[] = [];
  for (const { clients, bytes } of loads) {
    const values = new Float32Array(bytes / 4);
    samples.push(
      await sample(clients, () => session.run({ x: new engine.Tensor("float32", values, [values.length]) })),
    );
  }
  return samples;
}

async function sample(clients: number, ask: Ask): Promise<unknown> {
  await timed(clients, ask, warmUpMs);
  return timed(clients, ask, sampleMs);
}

async function timed(
  clients: number,
  ask: Ask,
  forMs: number,
): Promise<{ perSecond: number; us: number; cpuUs: number }> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  let answers = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - started < forMs) {
      await ask();
      answers += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const tookMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (answers / tookMs) * 1000, us: (tookMs * 1000) / answers, cpuUs: (user + system) / answers };
}

function spec(): ModelSpec {
  return {
    model_name: "bench",
    model_version: "1",
    role: "bench",
    tasks: ["score-image"],
    plugin: "./plugin",
    loader: "trivial",
    runtime: "inprocess",
    engine: "js",
    precision: "fp32",
    device_policy: "cpu",
    local_artifacts: [],
    weights_digest: "auto",
    preprocessing: {},
    preprocess_signature: "auto",
    graphs: {},
    input_schema: {},
    output_schema: {},
    resource_requirements: { vram_mb: 0, ram_mb: 100, max_batch: 1 },
    parameters: {},
    golden: [],
    licence: { id: "Apache-2.0" },
  };
}
