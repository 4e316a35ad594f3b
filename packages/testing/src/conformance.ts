import { cp, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import {
  contractVersion,
  loaderName,
  type ModelError,
  type ModelSpec,
  madeQuestion,
  parseModelSpecs,
  parseTaskInput,
  pluginManifestSchema,
  type RegisteredTask,
  type TaskInput,
  type TaskName,
  type TaskRegistry,
} from "@menagerie/core";
import { createZoo, pluginTasks } from "@menagerie/core/host";
import { type ModelLoader, type ModelProvider, type Plugin, unopenedModel } from "@menagerie/core/loader";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type AdoptedModel, adoptedModel, type ModelInFolder } from "./adopted-model.ts";
import { changedAnswers } from "./changed-answers.ts";
import { differenceInNumbers } from "./difference-in-numbers.ts";
import { halvePrecision } from "./half-precision-graph.ts";
import { plantNan } from "./planted-nan.ts";

export interface ConformanceOptions {
  /** Folder of the plugin's package.json. */
  readonly packageDir: string;
  /** What the plugin's module exports as its default; for one without code, what `loaders` of its kit does. */
  readonly plugin: Plugin;
  /** Default exports of the engines that its manifest names. */
  readonly engines?: readonly ModelProvider<object>[];
  /** A small model of the true architecture: a checkpoint that the plugin adopts, or a spec and its artifacts. */
  readonly model: AdoptedModel | (() => Promise<ModelInFolder>);
  /** An input for each task of that model; default: one that is made from the task's schema. */
  readonly examples?: () => Promise<Examples>;
}

/** Inputs by task: core's are typed by name. */
export type Examples = Readonly<Record<string, unknown>> & { readonly [Name in TaskName]?: TaskInput<Name> };

/** The suite that every plugin passes, whatever its model: declarations, lifecycle, artifacts and the shape of answers. */
export function describeModelPlugin(options: ConformanceOptions): void {
  describe(`${options.plugin.name} keeps the contract`, () => {
    declarations(options);
    words(options);
    lifecycle(options);
    answers(options);
    artifacts(options);
    if (typeof options.model !== "function") changedGraphs({ ...options, model: options.model });
  });
}

function declarations({ packageDir, plugin, engines = [] }: ConformanceOptions): void {
  test("its manifest is valid, and its engines are among its dependencies", async () => {
    const json = JSON.parse(await readFile(join(packageDir, "package.json"), "utf8")) as Record<
      string,
      Record<string, string>
    >;
    const manifest = pluginManifestSchema.parse(json.menagerie);
    expect(manifest.contract).toBe(contractVersion);
    expect(plugin.contract).toBe(contractVersion);
    expect(json.keywords).toContain("menagerie-plugin");
    expect(Object.keys(json.peerDependencies ?? {})).toContain("@menagerie/core");
    for (const engine of manifest.engines) expect(Object.keys(json.dependencies ?? {})).toContain(engine);
    expect(engines).toHaveLength(manifest.engines.length);
  });

  test("each of its specs is valid, names a loader that it has, and carries a licence", async () => {
    const folder = join(packageDir, "models");
    const files = (await readdir(folder)).filter((file) => /\.ya?ml$/.test(file));
    expect(files).not.toEqual([]);
    const known = await tasksOf(packageDir);
    for (const file of files) {
      const specs = parseModelSpecs(parse(await readFile(join(folder, file), "utf8")), file);
      for (const { loader, tasks } of specs) {
        expect(Object.keys(plugin.loaders), file).toContain(loaderName(loader).name);
        expect(known.problemsOf(tasks, "tasks"), file).toEqual([]);
      }
      expect(file.replace(/\.ya?ml$/, "")).toBe(specs[0].model_name);
    }
  });
}

function words({ packageDir }: ConformanceOptions): void {
  test("its specs use the words of the engines and kits that it depends on", async () => {
    await using zoo = await createZoo({ appDir: packageDir, plugins: [packageDir], spec: { runner: "inline" } });
    expect(zoo.problems.map(({ message }) => message)).toEqual([]);
  });
}

function lifecycle(options: ConformanceOptions): void {
  test("it has the name and memory of its spec, and answers every task that the spec declares", async () => {
    const { loader, spec } = await loaderOf(options);
    expect([loader.modelName, loader.vramMb]).toEqual([spec.model_name, spec.resource_requirements.vram_mb]);
    expect([...loader.taskNames].sort()).toEqual(expect.arrayContaining([...spec.tasks].sort()));
  });

  test("it refuses every task before it is loaded and after it was unloaded", async () => {
    const { loader, spec } = await loaderOf(options);
    const questions = await questionsTo(options, spec);
    const refused = async (): Promise<string[]> =>
      Promise.all(questions.map(({ task, input }) => codeOf(loader.run(task, input))));
    expect(await refused()).toEqual(spec.tasks.map(() => "model_not_loaded"));
    await loader.load("cpu");
    await loader.unload();
    expect(await refused()).toEqual(spec.tasks.map(() => "model_not_loaded"));
  });

  test("it opens one thing however many ask at once, and can be loaded and unloaded again and again", async () => {
    const { loader } = await loaderOf(options);
    const [first, second] = await Promise.all([loader.load("cpu"), loader.load("cpu")]);
    expect(first).toBe(second);
    for (let i = 0; i < 10; i++) {
      await loader.unload();
      await loader.load("cpu");
    }
    await loader.unload();
  });

  test("its answers have the shape that each task promises", async () => {
    const { loader, spec } = await loaderOf(options);
    await loader.load("cpu");
    for (const { task, input } of await questionsTo(options, spec)) {
      const output = await loader.run(task, input);
      expect(task.output.safeParse(output).error, task.name).toBeUndefined();
    }
    await loader.unload();
  });
}

function answers(options: ConformanceOptions): void {
  test("it answers a question alike whatever it was asked before, as one signature says", async () => {
    const { loader, spec } = await loaderOf(options);
    await loader.load("cpu");
    expect(await changedAnswers(loader, await questionsTo(options, spec))).toEqual([]);
    await loader.unload();
  });
}

function artifacts(options: ConformanceOptions): void {
  test("it refuses artifacts that are missing, empty or changed by one byte, and loads once they are whole again", async () => {
    const { spec, artifactsRoot } = await modelOf(options);
    const folder = await mkdtemp(join(tmpdir(), "menagerie-conformance-"));
    try {
      await cp(artifactsRoot, folder, { recursive: true });
      const { loader } = await loaderOf(options, folder);
      for (const { path, kind } of spec.local_artifacts) {
        if (kind === "dir") continue;
        const file = join(folder, path);
        const whole = await readFile(file);
        const changed = Uint8Array.from(whole);
        changed[whole.length >> 1] = (changed[whole.length >> 1] ?? 0) ^ 1;
        const codes: string[] = [];
        for (const damage of [() => rm(file), () => writeFile(file, ""), () => writeFile(file, changed)]) {
          await damage();
          codes.push(await codeOf(loader.load("cpu")));
        }
        expect(codes, path).toEqual(["weights_missing", "weights_empty", "weights_digest_mismatch"]);
        await writeFile(file, whole);
      }
      expect(await codeOf(loader.load("cpu"))).toBe("no error");
      await loader.unload();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** Answers of every task of a model, or the errors in their place. */
type Answers = Readonly<Record<string, unknown>>;

type ConformanceOfFolder = ConformanceOptions & { readonly model: AdoptedModel };

function changedGraphs(options: ConformanceOfFolder): void {
  let known: Promise<Answers> | undefined;
  const usualAnswers = (artifactsRoot: string): Promise<Answers> => (known ??= answersOf(options, artifactsRoot));

  test("it makes no answer of a graph that gives NaN: each of its graphs is named with the tensor", async () => {
    const { artifactsRoot, spec } = await modelOf(options);
    const usual = await usualAnswers(artifactsRoot);
    await withCopy(artifactsRoot, async (folder) => {
      for (const [graph, file] of graphFiles(spec, folder)) {
        const whole = await readFile(file);
        // What a decoder keeps for its next step, and everything else.
        for (const isKept of [false, true]) {
          const tensors = await plantNan(file, (output) => output.startsWith("present.") === isKept);
          if (tensors.length === 0) continue;
          const found = await answersOf(options, folder);
          await writeFile(file, whole);
          const faults = Object.values(found).filter((answer) => answer instanceof Error) as ModelError[];
          expect(faults, `${graph}: ${tensors.join(", ")}`).not.toEqual([]);
          for (const { code, model, message } of faults)
            expect([code, model], message).toEqual(["model_output_invalid", spec.model_name]);
          for (const task of spec.tasks) if (!(found[task] instanceof Error)) expect(found[task]).toEqual(usual[task]);
          if (isKept) continue;
          for (const { details } of faults) expect(details).toMatchObject({ graph, tensor: expect.toBeOneOf(tensors) });
        }
      }
    });
  });

  test("graphs that take and give float16 are adopted, and answer as those of float32 do within its noise", async () => {
    const { artifactsRoot, spec } = await modelOf(options);
    const usual = await usualAnswers(artifactsRoot);
    await withCopy(artifactsRoot, async (folder) => {
      for (const [, file] of graphFiles(spec, folder)) await halvePrecision(file);
      const found = await answersOf(options, folder);
      for (const task of spec.tasks) expect(differenceInNumbers(usual[task], found[task]), task).toBeLessThan(0.02);
    });
  });
}

/** What a model in a folder answers to the examples. */
async function answersOf(options: ConformanceOfFolder, folder: string): Promise<Answers> {
  const model = await adoptedModel(options, { ...options.model, folder: relative(options.packageDir, folder) });
  const { loader } = await loaderOf({ ...options, model: async () => model });
  const questions = await questionsTo(options, model.spec);
  const given = await Promise.all(
    questions.map(async ({ task, input }) => {
      const answer = loader.load("cpu").then(() => loader.run(task, input));
      return [task.name, await answer.catch((error: ModelError) => error)] as const;
    }),
  );
  await loader.unload();
  return Object.fromEntries(given);
}

/** Lets `use` change a copy of a folder, of the same name. */
async function withCopy(artifactsRoot: string, use: (folder: string) => Promise<void>): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), "menagerie-changed-"));
  const folder = join(parent, basename(artifactsRoot));
  try {
    await cp(artifactsRoot, folder, { recursive: true });
    await use(folder);
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

function graphFiles(spec: ModelSpec, folder: string): [string, string][] {
  return Object.entries(spec.graphs).map(([graph, { artifact }]) => {
    const path = spec.local_artifacts.find(({ name }) => name === artifact)?.path ?? "";
    return [graph, join(folder, path)];
  });
}

/** A question for each task of the model: the example, or one made from the schema, in the shape that the task has. */
async function questionsTo(
  options: ConformanceOptions,
  spec: ModelSpec,
): Promise<{ readonly task: RegisteredTask; readonly input: unknown }[]> {
  const examples: Examples = (await options.examples?.()) ?? {};
  const tasks = await tasksOf(options.packageDir);
  return spec.tasks.map((name) => {
    const task = tasks.named(name);
    const input = examples[name] ?? madeQuestion(task, ["first"]);
    if (input === undefined) throw new TypeError(`Give an example for ${name}: none can be made from its schema`);
    return { task, input: parseTaskInput(task, input) };
  });
}

interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly menagerie: unknown;
}

/** Core's tasks and those of the plugin. */
async function tasksOf(packageDir: string): Promise<TaskRegistry> {
  const manifest = JSON.parse(await readFile(join(packageDir, "package.json"), "utf8")) as PackageFile;
  const { name, version } = manifest;
  const own = { name, version, dir: packageDir, manifest: pluginManifestSchema.parse(manifest.menagerie) };
  const { tasks, problems } = await pluginTasks([own]);
  expect(problems).toEqual([]);
  return tasks;
}

async function loaderOf(options: ConformanceOptions, root?: string): Promise<{ loader: ModelLoader; spec: ModelSpec }> {
  const { spec, artifactsRoot } = await modelOf(options);
  const Loader = options.plugin.loaders[loaderName(spec.loader).name];
  if (Loader === undefined) throw new TypeError(`${options.plugin.name} has no loader "${spec.loader}"`);
  const artifacts = root ?? artifactsRoot;
  return { loader: unopenedModel({ spec, loader: Loader, artifacts, providers: options.engines }), spec };
}

async function modelOf({ model, ...options }: ConformanceOptions): Promise<ModelInFolder> {
  const { spec, artifactsRoot } = await (typeof model === "function" ? model() : adoptedModel(options, model));
  // pnpm and other installers give a package's folder as a link, which would be copied as one.
  return { spec, artifactsRoot: await realpath(artifactsRoot) };
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: ModelError) => error.code,
  );
}
