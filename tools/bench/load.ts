import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { sha256Of } from "@menagerie/core/loader";
import { writeResNet18 } from "@menagerie/testing";
import { spread } from "./spread.ts";

interface Sample {
  readonly ms: number;
  readonly grownBytes: number;
}

const pairs = 21;

/** Loads a ResNet-18-sized model in two ways, in turn, each time in a fresh process with a started engine. */
export async function benchLoad(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-bench-"));
  try {
    const file = join(folder, "model.onnx");
    await writeResNet18(file);
    const rest = [file, join(folder, "cache"), await sha256Of(file)];
    await sample("prepare", rest);
    const plain: Sample[] = [];
    const prepared: Sample[] = [];
    for (let i = 0; i <= pairs; i++) {
      const pair = [await sample("plain", rest), await sample("prepared", rest)] as const;
      // The first pair brings the files into the page cache.
      if (i === 0) continue;
      plain.push(pair[0] as Sample);
      prepared.push(pair[1] as Sample);
    }
    const ratios = plain.map(({ ms }, i) => ms / (prepared[i]?.ms ?? Number.NaN));
    return [
      `Loading a ResNet-18-sized model (46.7 MB), ${pairs} pairs, a fresh process each, engine started before:`,
      `  InferenceSession.create   ${spread(
        plain.map(({ ms }) => ms),
        "ms",
      )}, memory +${megabytes(plain)}`,
      `  prepared form             ${spread(
        prepared.map(({ ms }) => ms),
        "ms",
      )}, memory +${megabytes(prepared)}`,
      `  ratio, pair by pair       ${spread(ratios, "x")}`,
    ].join("\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sample(way: string, rest: readonly string[]): Promise<Sample | undefined> {
  const script = fileURLToPath(new URL("load-sample.ts", import.meta.url));
  // As a runner is started: freed memory goes back, nothing is reported home.
  const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: "131072", ORT_DISABLE_TELEMETRY: "1" };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=menagerie-source", script, way, ...rest],
    { env },
  );
  return stdout === "" ? undefined : (JSON.parse(stdout) as Sample);
}

function megabytes(samples: readonly Sample[]): string {
  const sorted = samples.map(({ grownBytes }) => grownBytes).sort((a, b) => a - b);
  return `${((sorted[sorted.length >> 1] ?? 0) / 1e6).toFixed(1)} MB`;
}
