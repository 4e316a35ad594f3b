import { z } from "zod";
import type { AdoptedCheckpoint } from "../adopt/adopt.ts";
import { CheckpointFolder } from "../adopt/checkpoint-folder.ts";
import { canonicalJson } from "../contract/canonical-json.ts";
import type { Log } from "../contract/log.ts";
import { aboutModel, errorCodes, isModelError, ModelError, textOf, toModelError } from "../contract/model-error.ts";
import type { EngineRecipe } from "../contract/recipe.ts";
import { describeIssues, plainWords } from "../contract/schema-issue.ts";
import { ArtifactStore, type VerifiedFiles } from "../files/artifact-store.ts";
import type { CallOf } from "../loader/call-of.ts";
import { providerFor } from "../loader/load-context.ts";
import type { ModelLoader } from "../loader/model-loader-base.ts";
import { type OpenModel, openModel } from "../loader/open-model.ts";
import type { PreparedForms } from "../loader/prepared-form.ts";
import { TaskRegistry } from "../tasks/task-registry.ts";
import { forbiddenNetworkIn } from "./forbidden-network.ts";
import { PluginRegistry } from "./plugin-registry.ts";
import type {
  AdoptOutcome,
  AdoptRequest,
  EngineReference,
  FormsNeeded,
  LoadReport,
  LoadRequest,
  LoadStage,
  RunResult,
} from "./runner.ts";
import { selfTest } from "./self-test.ts";
import { unsendableIn } from "./sendable-value.ts";

/** What runs one model, in a process of its own or inside the host. */
export class RunnerSession {
  readonly #log: Log;
  readonly #registry = new PluginRegistry();
  #tasks = new TaskRegistry();
  #loader: ModelLoader | undefined;
  #opened: unknown;
  #artifacts: ArtifactStore | undefined;
  #verified: VerifiedFiles = {};
  #stagesMs: Partial<Record<LoadStage, number>> = {};

  constructor(log: Log) {
    this.#log = log;
  }

  /** What the loader opened; undefined before it is loaded and after it was unloaded. */
  get opened(): unknown {
    return this.#opened;
  }

  /** Starts what engines start once per process. */
  async warm(engines: readonly EngineReference[]): Promise<void> {
    await this.#registry.addEngines(engines);
    await Promise.all(this.#registry.providers.map((provider) => provider.warm?.()));
  }

  /**
   * The first step of a load: verifies the artifacts and asks the engine which forms would make the model load faster.
   * Of what is said here nothing can be a plugin's doing: its code is imported by `load`.
   */
  async formsNeeded(request: LoadRequest, onStage: (stage: LoadStage) => void): Promise<FormsNeeded> {
    const artifacts = await this.#verify(request, onStage);
    await this.#stage("start", onStage, () => this.#registry.addEngines(request.engines));
    const verified = { ...this.#verified };
    const { spec, device } = request;
    // A model without graphs is computed by its plugin alone.
    if (Object.keys(spec.graphs).length === 0) return { forms: {}, verified };
    const provider = providerFor(spec, this.#registry.providers);
    await provider.validateLocalArtifacts(spec, await artifacts.files());
    return { forms: (await provider.formKeys?.({ spec, device })) ?? {}, verified };
  }

  /**
   * Makes forms, in a process that does nothing else: it imports the engines alone, and hashes the artifacts itself.
   * @param folders an empty folder for each graph
   */
  async makeForms(request: LoadRequest, folders: Readonly<Record<string, string>>): Promise<void> {
    const { spec, device, artifactsRoot, engines } = request;
    using artifacts = new ArtifactStore(spec, artifactsRoot);
    const files = await artifacts.files();
    await this.#registry.addEngines(engines);
    const provider = providerFor(spec, this.#registry.providers);
    for (const [graph, folder] of Object.entries(folders))
      await provider.makeForm?.({ spec, device, graph, artifacts: files, folder, log: this.#log });
    await artifacts.assertUnchanged();
  }

  /**
   * The second step of a load: imports the plugin, opens the model and tests it.
   * @param forms those that the host vouches for, by graph
   */
  async load(request: LoadRequest, forms: PreparedForms, onStage: (stage: LoadStage) => void): Promise<LoadReport> {
    const { spec, plugin } = request;
    this.#tasks = new TaskRegistry(request.tasks);
    if (this.#artifacts === undefined) await this.formsNeeded(request, onStage);
    const artifacts = this.#artifacts ?? (await this.#verify(request, onStage));
    try {
      await this.#timed("start", () => this.#registry.addPlugin(plugin));
      const { loader, opened } = await this.#stage("open", onStage, () => this.#open(request, forms, artifacts));
      this.#loader = loader;
      this.#opened = opened;
      await this.#stage("self_test", onStage, () => selfTest(spec, loader, artifacts, this.#tasks));
      await artifacts.assertUnchanged();
      const verified = { ...this.#verified };
      const [versions, engineRecipes] = await Promise.all([this.#versions(), this.#engineRecipes(request)]);
      return { tasks: loader.taskNames, versions, engineRecipes, verified, stagesMs: this.#stagesMs };
    } catch (error) {
      artifacts[Symbol.dispose]();
      throw error;
    }
  }

  async run(name: string, input: unknown, call: CallOf<unknown>): Promise<RunResult> {
    const loader = this.#loader;
    if (loader === undefined) throw new ModelError("model_not_loaded", "The runner was asked before it was loaded.");
    const task = this.#tasks.named(name);
    const { output: outputSchema, part: partSchema = z.never() } = task;
    const { onPart } = call;
    const checkedCall: CallOf<unknown> =
      onPart === undefined ? call : { ...call, onPart: (part) => onPart(inShape(loader, name, partSchema, part)) };
    const started = performance.now();
    const output = await loader
      .run(task, input, checkedCall)
      .catch(nameMemoryErrors)
      .catch((thrown: unknown) => {
        throw faultOf(loader, name, thrown);
      });
    const runMs = performance.now() - started;
    return { output: inShape(loader, name, outputSchema, output), runMs };
  }

  /** One alone throws what it refuses; of several, each says it. */
  async adopt(requests: readonly AdoptRequest[]): Promise<readonly AdoptOutcome[]> {
    const [sole, another] = requests;
    if (sole !== undefined && another === undefined) return [{ adopted: await this.#adopt(sole) }];
    const outcomes: AdoptOutcome[] = [];
    for (const request of requests)
      outcomes.push(
        await this.#adopt(request).then(
          (adopted) => ({ adopted }),
          (error: unknown) => ({ refused: toModelError(error).toJSON() }),
        ),
      );
    return outcomes;
  }

  async #adopt(request: AdoptRequest): Promise<AdoptedCheckpoint> {
    await this.#registry.addPlugin(request.plugin);
    const adopter = this.#registry.adopter(request.like.loader, request.plugin.name);
    return adopter(new CheckpointFolder(request.folder, request.choices), request.like);
  }

  async unload(): Promise<void> {
    const loader = this.#loader;
    this.#loader = undefined;
    this.#opened = undefined;
    try {
      await loader?.unload();
    } finally {
      this.#artifacts?.[Symbol.dispose]();
      this.#artifacts = undefined;
    }
  }

  async #verify(request: LoadRequest, onStage: (stage: LoadStage) => void): Promise<ArtifactStore> {
    this.#verified = { ...request.verified };
    this.#stagesMs = {};
    const artifacts = new ArtifactStore(request.spec, request.artifactsRoot, this.#verified);
    this.#artifacts = artifacts;
    await this.#stage("verify", onStage, () => artifacts.verifyAll());
    return artifacts;
  }

  async #stage<T>(name: LoadStage, onStage: (stage: LoadStage) => void, work: () => Promise<T>): Promise<T> {
    onStage(name);
    return this.#timed(name, work);
  }

  async #timed<T>(name: LoadStage, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.#stagesMs[name] = (this.#stagesMs[name] ?? 0) + performance.now() - started;
    return result;
  }

  #open(request: LoadRequest, forms: PreparedForms, artifacts: ArtifactStore): Promise<OpenModel> {
    const { spec, device, threads, plugin } = request;
    const loader = this.#registry.loader(spec.loader, plugin.name);
    const { providers } = this.#registry;
    return openModel({ spec, loader, artifacts, providers, forms, device, threads, log: this.#log }).catch(
      nameMemoryErrors,
    );
  }

  async #versions(): Promise<Record<string, string>> {
    const engines = await Promise.all(
      this.#registry.providers.map(async (provider) => [provider.name, await provider.engineVersion()] as const),
    );
    // A model without graphs is computed by Node, and texts are normalised by its Unicode tables.
    const { timeZone, locale } = new Intl.DateTimeFormat().resolvedOptions();
    // Times and words in a loader's code come out by these.
    return { node: process.versions.node, time_zone: timeZone, locale, ...Object.fromEntries(engines) };
  }

  async #engineRecipes({ spec, device, threads }: LoadRequest): Promise<Record<string, EngineRecipe>> {
    if (Object.keys(spec.graphs).length === 0) return {};
    const provider = providerFor(spec, this.#registry.providers);
    const recipe = (await provider.recipe?.({ spec, device, threads })) ?? { threads };
    // As it would cross a boundary: a signature must not depend on whether it did.
    return { [provider.name]: JSON.parse(canonicalJson(recipe)) as EngineRecipe };
  }
}

/** What a loader answers must be what the task promises: nobody after it looks again. */
function inShape(loader: ModelLoader, task: string, schema: z.ZodType, value: unknown): unknown {
  const { modelName } = loader;
  const checked = schema.safeParse(value, { error: plainWords });
  if (checked.success) return sendable(loader, task, value);
  const problems = describeIssues(schema, checked.error, { whole: "the answer" });
  throw new ModelError(
    "internal",
    `The loader of ${modelName} answered ${task} in another shape than the task has: ${problems.slice(0, 3).join("; ")}.`,
    { model: modelName, details: { task, problems: problems.slice(0, 10) } },
  );
}

/** @throws `internal` for what no caller elsewhere could be told, `model_output_invalid` for NaN */
function sendable({ modelName }: ModelLoader, task: string, value: unknown): unknown {
  const problem = unsendableIn(value);
  if (problem === undefined) return value;
  const place = problem.path.length === 0 ? "the answer" : `"${problem.path.join(".")}"`;
  throw new ModelError(
    problem.isNoNumber ? "model_output_invalid" : "internal",
    `What the loader of ${modelName} answered ${task} cannot be sent to its caller: ${place} ${problem.words}.`,
    { model: modelName, details: { task, place: problem.path.join(".") } },
  );
}

/** What a loader throws that is no ModelError is told with whose fault it is. */
function faultOf({ modelName }: ModelLoader, task: string, thrown: unknown): unknown {
  const forbidden = forbiddenNetworkIn(thrown);
  if (forbidden !== undefined) return aboutModel(forbidden, modelName);
  if (isModelError(thrown) && Object.hasOwn(errorCodes, thrown.code)) return aboutModel(thrown, modelName);
  const told = isModelError(thrown)
    ? new ModelError("internal", `${String(thrown.code)} (a code that does not exist): ${thrown.message}`)
    : toModelError(thrown, "internal", modelName);
  if (told.code !== "internal") return told;
  return new ModelError("internal", `The loader of ${modelName} failed in ${task}: ${told.message}`, {
    model: modelName,
    details: { task },
    cause: thrown,
  });
}

/** How JavaScript's arrays, Node's buffers and C++ say that there was no memory. */
const outOfMemory = /allocation failed|failed to allocate memory|bad_alloc|out of memory|cannot allocate memory/i;

/** The same where a load has failed, whose loader's own words may be of another memory: "CUDA out of memory". */
const atLoad = /array buffer allocation failed|failed to allocate memory|bad_alloc|cannot allocate memory/i;

/** The cap on memory is met with plain errors of several kinds. */
function nameMemoryErrors(error: unknown): never {
  const code = isModelError(error) ? error.code : "internal";
  const source = isModelError(error) ? (error.cause ?? error) : error;
  const words = source instanceof Error ? textOf(source) : "";
  const isMet =
    (code === "internal" && outOfMemory.test(words)) || (code === "model_load_failed" && atLoad.test(words));
  if (!isMet) throw error;
  throw new ModelError(
    "insufficient_memory",
    `The runner met the cap on its memory: ${words}. Raise ram_mb of its spec or memory_mb.cpu of the zoo spec, or send smaller inputs.`,
    { cause: error },
  );
}
