import { spawnSync } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelSpec } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import { collectGarbage, megabytes } from "./memory.ts";
import { type Proof, percentile } from "./proof.ts";
import { enterControlGroup } from "./short-memory/control-group.ts";
import { declaredSum, measuredModels, zooOf } from "./short-memory/proof-models.ts";
import { toldBy } from "./short-memory/told.ts";
import { clients, Traffic } from "./short-memory/traffic.ts";
import { treeMemory } from "./short-memory/tree-memory.ts";

const sampleEveryMs = 200;
/** What a container has beside the models: this process's growth, the spare process, files that are being read. */
const besideModels = 200e6;
const mostGrowth = 30e6;

/** Eight clients ask models of 50 to 400 MB under a third of the memory that all of them need. */
export async function proveShortMemory(folder: string, minutes: number): Promise<Proof> {
  const specs = await measuredModels(folder);
  return underBudget(folder, specs, minutes);
}

/** The same in a control group, which the kernel holds to its limit. */
export async function proveContainer(folder: string, minutes: number): Promise<Proof> {
  const specs = await measuredModels(folder);
  const limit = 1.1 * budgetFor(specs) + besideModels;
  // Pages that were read before would be counted elsewhere.
  await forgetPages(folder);
  const group = await enterControlGroup(limit);
  if (typeof group === "string")
    return { holds: true, said: `not run: this machine allows no control group (${group})` };
  await using _ = group;
  const { holds, said } = await underBudget(folder, specs, minutes);
  const { kills, met } = await group.counts();
  const words = `control group of ${megabytes(limit)}: the kernel ended ${kills} processes, the limit was met ${met} times`;
  return { holds: holds && kills === 0, said: `${said}\n       ${words}` };
}

function budgetFor(specs: readonly ModelSpec[]): number {
  return declaredSum(specs) / 3;
}

async function underBudget(folder: string, specs: readonly ModelSpec[], minutes: number): Promise<Proof> {
  const budget = budgetFor(specs);
  const names = specs.map(({ model_name }) => model_name);
  const warnings: string[] = [];
  await using zoo = await zooOf(folder, specs, budget, warnings);
  const failures: string[] = [];
  const ask = async (time: number, look: () => Promise<void>): Promise<readonly number[]> => {
    const traffic = new Traffic(zoo, names);
    {
      await using _ = traffic;
      const until = performance.now() + time * 60_000;
      for (; performance.now() < until; await new Promise((resolve) => setTimeout(resolve, sampleEveryMs)))
        await look();
    }
    failures.push(...traffic.failures);
    return traffic.waits;
  };
  // What a host takes in its first minute is no growth: code that is compiled, and the room that V8 keeps for young objects.
  await ask(Math.min(1, minutes / 2), async () => {});
  await unloadAll(zoo, names);
  const start = await settledMemory();
  const most = { models: 0, tree: 0, over: 0, samples: 0 };
  const waits = await ask(minutes, async () => {
    const { host, below } = await treeMemory();
    const models = below + Math.max(0, host - start.host);
    most.models = Math.max(most.models, models);
    most.tree = Math.max(most.tree, host + below);
    most.over += models > 1.1 * budget ? 1 : 0;
    most.samples += 1;
  });
  const loads = zoo.status().models.map(({ loads: each }) => each);
  await unloadAll(zoo, names);
  const end = await settledMemory();
  const grown = end.host + end.below - start.host - start.below;
  const journal = join(tmpdir(), "menagerie-proof-memory.ndjson");
  {
    // Told at work.
    await using _ = new Traffic(zoo, names);
    await writeFile(`${journal}.txt`, await toldBy(zoo, folder, specs, journal));
  }
  const lines = [
    `${minutes} min, ${clients} clients, ${specs.length} models of 50 to 400 MB that need ${megabytes(declaredSum(specs))} (measured), budget ${megabytes(budget)}`,
    `${waits.length} answers, ${failures.length} requests failed; p50 ${percentile(waits, 0.5).toFixed(0)} ms, p99 ${percentile(waits, 0.99).toFixed(0)} ms; loads ${loads.join(", ")}`,
    `processes of models, growth of the host included: at most ${megabytes(most.models)} of ${megabytes(budget)} (${((100 * most.models) / budget).toFixed(0)} %), in ${most.samples} samples ${most.over} above 110 %; whole tree at most ${megabytes(most.tree)}`,
    `whole tree before ${megabytes(start.host)} of the host and ${megabytes(start.below)} below it, after ${megabytes(end.host)} and ${megabytes(end.below)} (${grown >= 0 ? "+" : ""}${megabytes(grown)}, bound: ${megabytes(mostGrowth)})`,
    `journal in ${journal}, as a trace for Perfetto in ${journal}.perfetto.json, and what the command line says of it in ${journal}.txt`,
    ...[...new Set([...failures, ...warnings])].slice(0, 5),
  ];
  const holds = failures.length === 0 && most.over === 0 && grown <= mostGrowth && waits.length > 0;
  return { holds, said: lines.join("\n       ") };
}

async function unloadAll(zoo: LocalZoo, names: readonly string[]): Promise<void> {
  for (const name of names) await zoo.unload(name);
}

/** The least of a few looks: garbage is given back in its own time. */
async function settledMemory(): Promise<{ host: number; below: number }> {
  let least = { host: Number.POSITIVE_INFINITY, below: 0 };
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    collectGarbage();
    const now = await treeMemory();
    if (now.host + now.below < least.host + least.below) least = now;
  }
  return least;
}

async function forgetPages(folder: string): Promise<void> {
  for (const file of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (file.isFile())
      spawnSync("dd", [`of=${join(file.parentPath, file.name)}`, "oflag=nocache", "conv=notrunc,fdatasync", "count=0"]);
}
