import { cpus } from "node:os";
import {
  type Made,
  ModelError,
  type ModelSpec,
  madeQuestion,
  type RegisteredTask,
  weightsDigest,
} from "@menagerie/core";
import { type CalibratedMemory, type LocalZoo, ModelManagerToken, sizeOnDisk } from "@menagerie/core/host";
import { besides } from "./ask-model.ts";

/** One size at which a task was asked. */
export interface CalibratedRun {
  readonly task: string;
  /** Pictures, recordings or texts of one question. */
  readonly items: number;
  /** Questions at the same time. */
  readonly at_once: number;
}

/** Items of one question at the most, whatever the spec allows. */
const mostItems = 64;
/** Times that each size is asked: allocators settle after the first. */
const rounds = 2;

/**
 * Loads a model alone and asks each of its tasks made questions: one item, as many as its `max_batch`, and as many questions
 * at once as it takes.
 * @throws `input_invalid` where no process of its own can be measured
 */
export async function calibrateModel(
  zoo: LocalZoo,
  spec: ModelSpec,
): Promise<{ readonly memory: CalibratedMemory; readonly runs: readonly CalibratedRun[] }> {
  const { model_name: name } = spec;
  const { modelsUsedEntry, recipe } = await zoo.load(name);
  const runs: CalibratedRun[] = [];
  for (const task of spec.tasks.map((each) => zoo.tasks.named(each)))
    for (const run of sizesOf(spec, task)) {
      for (let round = 0; round < rounds; round++) await ask(zoo, spec, task, run);
      runs.push(run);
    }
  const memory = await zoo.service(ModelManagerToken).measure(name);
  const model = zoo.status().models.find((each) => each.model === name);
  if (memory === undefined || model?.device === undefined) {
    const message = `The memory of ${name} cannot be measured: it runs in this process, or this system does not say what a process takes.`;
    throw new ModelError("input_invalid", message, { model: name });
  }
  const { bytes, peakBytes, loadPeakBytes = 0, deviceBytes } = memory;
  return {
    runs,
    memory: {
      model: name,
      weights_digest: weightsDigest(spec),
      precision: spec.precision,
      device: model.device,
      weights_bytes: await weightsBytes(zoo, spec),
      resident_bytes: bytes,
      peak_bytes: Math.max(peakBytes, loadPeakBytes),
      ...(deviceBytes === undefined ? {} : { device_bytes: deviceBytes }),
      machine: cpus()[0]?.model ?? process.arch,
      versions: { node: process.versions.node, ...versionsOf(recipe), runtime: modelsUsedEntry.runtime },
    },
  };
}

function sizesOf(spec: ModelSpec, task: RegisteredTask): CalibratedRun[] {
  if (madeQuestion(task, ["first"]) === undefined) return [];
  const { max_batch, concurrency = 1 } = spec.resource_requirements;
  const most = Math.min(mostItems, max_batch);
  const sizes = [{ task: task.name, items: 1, at_once: 1 }];
  if (most > 1 && task.positional?.list === true && madeQuestion(task, itemsOf(most)) !== undefined)
    sizes.push({ task: task.name, items: most, at_once: 1 });
  if (concurrency > 1) sizes.push({ task: task.name, items: sizes.at(-1)?.items ?? 1, at_once: concurrency });
  return sizes;
}

async function ask(zoo: LocalZoo, spec: ModelSpec, task: RegisteredTask, run: CalibratedRun): Promise<void> {
  const input = { ...besides(spec, task), ...madeQuestion(task, itemsOf(run.items)) };
  await Promise.all(Array.from({ length: run.at_once }, () => zoo.run(spec.model_name, task, input)));
}

function itemsOf(count: number): [Made, ...Made[]] {
  return Array.from({ length: count }, (_, i): Made => (i % 2 === 0 ? "first" : "second")) as [Made, ...Made[]];
}

async function weightsBytes(zoo: LocalZoo, spec: ModelSpec): Promise<number> {
  if (spec.local_artifacts.length === 0) return 0;
  const root = zoo.artifactsRoot(spec.model_name);
  const sizes = await Promise.all(spec.local_artifacts.map(({ path }) => sizeOnDisk(`${root}/${path}`)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function versionsOf(recipe: unknown): Readonly<Record<string, string>> {
  const { versions } = Object(recipe) as { versions?: Readonly<Record<string, string>> };
  return versions ?? {};
}
