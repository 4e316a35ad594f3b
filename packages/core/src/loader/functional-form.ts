import { resolve } from "node:path";
import { type Adopter, adoptedSpec, asChosen } from "../adopt/adopt.ts";
import type { AdoptChoices } from "../adopt/adopt-choices.ts";
import { CheckpointFolder } from "../adopt/checkpoint-folder.ts";
import type { Device } from "../contract/device.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import { parseModelSpec } from "../contract/parse-model-spec.ts";
import { ArtifactStore } from "../files/artifact-store.ts";
import { FormStore } from "../forms/form-store.ts";
import { checkedLoader } from "./checked-loader.ts";
import { providerFor } from "./load-context.ts";
import type { ModelLoader, ModelLoaderClass } from "./model-loader-base.ts";
import type { ModelProvider } from "./model-provider.ts";
import { openModel, silent } from "./open-model.ts";
import type { PreparedForms } from "./prepared-form.ts";
import { type AskedTogether, QuestionsTogether } from "./questions-together.ts";

/** What a family of models brings for its functional form. */
export interface CheckpointFamily {
  readonly adopt: Adopter;
  readonly loader: ModelLoaderClass;
  /** Engines that may open its graphs. Default: none. */
  readonly engines?: readonly ModelProvider<object>[] | undefined;
  /** What a folder does not say of itself: a whole spec but for its artifacts, precision and licence. */
  readonly declared: Partial<ModelSpec> & Pick<ModelSpec, "model_name" | "role" | "tasks" | "loader">;
}

/** What of `AdoptChoices` a folder leaves open is chosen here as on the command line of `zoo adopt`. */
export interface LoadCheckpointOptions extends Partial<Undefinable<Omit<AdoptChoices, "precision" | "isTrial">>> {
  /** Of the graphs, where the folder has several; default: the most exact. */
  readonly precision?: string | undefined;
  /** Default: `cpu`. */
  readonly device?: Device | undefined;
  /** Default: 1. */
  readonly threads?: number | undefined;
  /** Folder of prepared forms, made at the first load; without one every load takes longer. */
  readonly cacheDir?: string | undefined;
}

type Undefinable<T> = { readonly [Key in keyof T]: T[Key] | undefined };

/** A model that a function gave, for code that has no zoo. */
export interface FunctionalModel extends AsyncDisposable {
  readonly spec: ModelSpec;
}

/** Loads the checkpoint in a folder. @throws ModelError `checkpoint_invalid` with the file and the key that do not fit */
export type FunctionalForm<Model, Options extends LoadCheckpointOptions = LoadCheckpointOptions> = (
  path: string,
  options?: Options,
) => Promise<Model>;

/** A checkpoint that is open in the calling process. */
export interface OpenCheckpoint {
  readonly spec: ModelSpec;
  /** Refuses what the schema of a task refuses. */
  readonly loader: ModelLoader;
  /** What the loader opened. */
  readonly opened: unknown;
  /** Refuses what the schema of the task refuses, and is waited for by the model's end. */
  readonly together: AskedTogether;
}

/**
 * The functional form of a loader: adopts the checkpoint in a folder and loads it into the calling process, without a zoo. What its
 * methods ask is held against the task's schema first.
 * @param family or how it follows from the caller's options
 * @param methods what callers do with the model
 */
export function functionalForm<Methods extends object, Options extends LoadCheckpointOptions = LoadCheckpointOptions>(
  family: CheckpointFamily | ((options: Options) => CheckpointFamily),
  methods: (model: OpenCheckpoint) => Methods,
): FunctionalForm<Methods & FunctionalModel, Options> {
  return async (path, options) => {
    const model = await openCheckpoint(
      path,
      typeof family === "function" ? family(options ?? ({} as Options)) : family,
      options,
    );
    const { spec, loader } = model;
    const questions = new QuestionsTogether(spec.model_name);
    return {
      ...methods({ ...model, loader: checkedLoader(loader), together: questions.ask }),
      spec,
      [Symbol.asyncDispose]: async () => {
        await questions.end();
        await loader.unload();
      },
    };
  };
}

async function openCheckpoint(
  path: string,
  { adopt, loader, engines: providers = [], declared }: CheckpointFamily,
  { device = "cpu", threads, cacheDir, ...chosen }: LoadCheckpointOptions = {},
): Promise<Omit<OpenCheckpoint, "together">> {
  const choices = choicesOf(chosen);
  const folder = new CheckpointFolder(resolve(path), choices);
  const like = parseModelSpec({ ...unknown, ...declared }, "the functional form");
  const adopted = asChosen(folder.path, like, choices, await adopt(folder, like));
  const spec = parseModelSpec(adoptedSpec(adopted, like, like.model_name), folder.path);
  const artifacts = new ArtifactStore(spec, folder.path);
  const forms = cacheDir === undefined ? {} : await formsOf(spec, device, artifacts, providers, resolve(cacheDir));
  return { spec, ...(await openModel({ spec, loader, device, threads, artifacts, providers, forms })) };
}

/** The choices that were made; one that is `undefined` was not. */
function choicesOf(options: LoadCheckpointOptions): AdoptChoices {
  const { precision, graph, labels, activation, tasks, arithmetic, size } = options;
  const made = Object.entries({ precision, graph, labels, activation, tasks, arithmetic, size });
  return Object.fromEntries(made.filter(([, value]) => value !== undefined));
}

/** Without a host, so in the calling process, which grows by the work where a form is made. */
async function formsOf(
  spec: ModelSpec,
  device: Device,
  artifacts: ArtifactStore,
  providers: readonly ModelProvider<object>[],
  cacheDir: string,
): Promise<PreparedForms> {
  if (Object.keys(spec.graphs).length === 0) return {};
  const provider = providerFor(spec, providers);
  const store = new FormStore({ cacheDir, log: silent });
  return store.ensure((await provider.formKeys?.({ spec, device })) ?? {}, async ({ graphs }) => {
    const files = await artifacts.files();
    for (const [graph, folder] of Object.entries(graphs))
      await provider.makeForm?.({ spec, device, graph, artifacts: files, folder, log: silent });
  });
}

const unknown = {
  model_version: "1",
  runtime: "inprocess",
  engine: "onnx",
  precision: "fp32",
  device_policy: "cpu",
  local_artifacts: [],
  resource_requirements: { vram_mb: 0, ram_mb: 1, max_batch: 16 },
  licence: { id: "NOASSERTION" },
};
