import { cpus } from "node:os";
import {
  type Made,
  ModelError,
  type ModelSpec,
  madeQuestion,
  type RegisteredTask,
  weightsDigest,
} from "@menagerie/core";
import {
  type CalibratedMemory,
  type LocalZoo,
  type MeasuredMemory,
  ModelManagerToken,
  sizeOnDisk,
} from "@menagerie/core/host";
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
/** Times that the model is loaded: when a process collects its garbage differs each time. */
const loads = 3;

/**
 * Loads a model alone and asks each of its tasks made questions: one item, as many as its `max_batch`, and as many questions
 * at once as it takes.
 * @throws `input_invalid` where no process of its own can be measured, or a task of it cannot be asked
 */
export async function calibrateModel(
  zoo: LocalZoo,
  spec: ModelSpec,
): Promise<{ readonly memory: CalibratedMemory; readonly runs: readonly CalibratedRun[] }> {
  const { model_name: name } = spec;
  requireQuestions(zoo, spec);
  const runs = spec.tasks.flatMap((each) => sizesOf(spec, zoo.tasks.named(each)));
  const readings: MeasuredMemory[] = [];
  for (let load = 0; load < loads; load++) {
    await zoo.unload(name);
    await zoo.load(name);
    for (const run of runs) for (let round = 0; round < rounds; round++) await ask(zoo, spec, run);
    const memory = await zoo.service(ModelManagerToken).measure(name);
    if (memory !== undefined) readings.push(memory);
  }
  const { modelsUsedEntry, recipe } = await zoo.load(name);
  const model = zoo.status().models.find((each) => each.model === name);
  if (readings.length === 0 || model?.device === undefined) {
    const message = `The memory of ${name} cannot be measured: it runs in this process, or this system does not say what a process takes.`;
    throw new ModelError("input_invalid", message, { model: name });
  }
  const { max_batch, concurrency = 1 } = spec.resource_requirements;
  const onDevice = readings.flatMap(({ deviceBytes }) => deviceBytes ?? []);
  return {
    runs,
    memory: {
      model: name,
      weights_digest: weightsDigest(spec),
      precision: spec.precision,
      device: model.device,
      weights_bytes: await weightsBytes(zoo, spec),
      resident_bytes: median(readings.map(({ bytes }) => bytes)),
      peak_bytes: Math.max(...readings.map(({ peakBytes, loadPeakBytes = 0 }) => Math.max(peakBytes, loadPeakBytes))),
      ...(onDevice.length === 0 ? {} : { device_bytes: Math.max(...onDevice) }),
      ...{ max_batch, concurrency },
      machine: cpus()[0]?.model ?? process.arch,
      versions: { node: process.versions.node, ...versionsOf(recipe), runtime: modelsUsedEntry.runtime },
    },
  };
}

/** What is measured without a task's runs is less than the model takes, and would be reserved in the place of what it declares. */
function requireQuestions(zoo: LocalZoo, { model_name: model, tasks }: ModelSpec): void {
  const unasked = tasks.filter((name) => madeQuestion(zoo.tasks.named(name), ["first"]) === undefined);
  if (unasked.length === 0) return;
  throw new ModelError(
    "input_invalid",
    `${model} cannot be calibrated: no question can be made up for ${unasked.join(", ")}, so that what its runs take would be missing. Give that task's input "examples" in its schema.`,
    { model, details: { tasks: unasked } },
  );
}

function sizesOf(spec: ModelSpec, task: RegisteredTask): CalibratedRun[] {
  const { max_batch, concurrency = 1 } = spec.resource_requirements;
  const most = Math.min(mostItems, max_batch);
  const sizes = [{ task: task.name, items: 1, at_once: 1 }];
  if (most > 1 && task.positional?.list === true && madeQuestion(task, itemsOf(most)) !== undefined)
    sizes.push({ task: task.name, items: most, at_once: 1 });
  if (concurrency > 1) sizes.push({ task: task.name, items: sizes.at(-1)?.items ?? 1, at_once: concurrency });
  return sizes;
}

async function ask(zoo: LocalZoo, spec: ModelSpec, run: CalibratedRun): Promise<void> {
  const task = zoo.tasks.named(run.task);
  const input = { ...besides(spec, task), ...madeQuestion(task, itemsOf(run.items)) };
  await Promise.all(Array.from({ length: run.at_once }, () => zoo.run(spec.model_name, task, input)));
}

function itemsOf(count: number): [Made, ...Made[]] {
  return Array.from({ length: count }, (_, i): Made => (i % 2 === 0 ? "first" : "second")) as [Made, ...Made[]];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function weightsBytes(zoo: LocalZoo, spec: ModelSpec): Promise<number> {
  if (spec.local_artifacts.length === 0) return 0;
  const root = zoo.artifactsRoot(spec.model_name);
  const sizes = await Promise.all(spec.local_artifacts.map(({ path }) => sizeOnDisk(`${root}/${path}`)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function versionsOf(recipe: unknown): Readonly<Record<string, string>> {
  const { versions } = Object(recipe) as { versions?: Readonly<Record<string, string>> };
  // What else is signed as a version has no weight.
  const { time_zone: _, locale: __, ...software } = versions ?? {};
  return software;
}
