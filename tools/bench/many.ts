import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writeMlp } from "@menagerie/testing";
import { spread } from "./spread.ts";

interface Sample {
  readonly ms: number;
  /** How long the host's loop stood still at most: by the clock, and by its own thread's processor time. */
  readonly gap: { readonly ms: number; readonly cpuMs: number };
}

const models = 6;
const megabytes = 200;
const pairs = 5;

/** Loads six models one after another and together, in turn, each time in a fresh zoo: first unprepared, then prepared. */
export async function benchMany(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-bench-"));
  try {
    for (let i = 0; i < models; i++) await writeMlp(join(folder, `model-${i + 1}.onnx`), { megabytes, seed: i });
    const unprepared = await pairsOf(1, folder, (way) => join(folder, `cache-${way}`));
    const prepared = await pairsOf(pairs, folder, () => join(folder, "cache-apart"));
    return [
      `Loading ${models} models of ${megabytes} MB, ${pairs} pairs, a fresh zoo each:`,
      ...lines("their first load, which prepares them (1 pair)", unprepared),
      ...lines("prepared", prepared),
    ].join("\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function pairsOf(
  count: number,
  folder: string,
  cacheOf: (way: string) => string,
): Promise<readonly (readonly [Sample, Sample])[]> {
  const found: [Sample, Sample][] = [];
  for (let i = 0; i < count; i++)
    found.push([
      await sample("apart", folder, cacheOf("apart")),
      await sample("together", folder, cacheOf("together")),
    ]);
  return found;
}

function lines(name: string, samples: readonly (readonly [Sample, Sample])[]): readonly string[] {
  const together = samples.map(([, sample]) => sample);
  return [
    `  ${name}`,
    `    one after another    ${spread(
      samples.map(([{ ms }]) => ms),
      "ms",
    )}`,
    `    together             ${spread(
      together.map(({ ms }) => ms),
      "ms",
    )}`,
    `    ratio, pair by pair  ${spread(
      samples.map(([apart, { ms }]) => apart.ms / ms),
      "x",
    )}`,
    `    loop gap, together   ${spread(
      together.map(({ gap }) => gap.ms),
      "ms",
    )}, by its own work ${spread(
      together.map(({ gap }) => gap.cpuMs),
      "ms",
    )}`,
  ];
}

async function sample(way: string, folder: string, cacheDir: string): Promise<Sample> {
  const script = fileURLToPath(new URL("many/many-sample.ts", import.meta.url));
  const args = ["--conditions=menagerie-source", script, way, folder, cacheDir];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Sample;
}
