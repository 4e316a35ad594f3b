import { resolve } from "node:path";
import {
  type AdoptChoices,
  type Adopter,
  ArtifactStore,
  adoptedSpec,
  asChosen,
  CheckpointFolder,
  createLoadContext,
  type Device,
  FormStore,
  logTo,
  type ModelLoader,
  type ModelLoaderClass,
  type ModelSpec,
  type Precision,
  type PreparedForms,
  parseModelSpec,
} from "@menagerie/core";
import { onnxProvider } from "./onnx-provider.ts";

/** What a family of models brings for its functional form. */
export interface CheckpointFamily {
  readonly adopt: Adopter;
  readonly loader: ModelLoaderClass;
  /** What a folder does not say of itself: a whole spec but for its artifacts, precision and licence. */
  readonly declared: Partial<ModelSpec> & Pick<ModelSpec, "model_name" | "role" | "tasks" | "loader">;
}

/** What of `AdoptChoices` a folder leaves open is chosen here as on the command line of `zoo adopt`. */
export interface LoadCheckpointOptions extends Partial<Undefinable<Omit<AdoptChoices, "precision" | "isTrial">>> {
  /** Of the graphs, where the folder has several; default: the most exact. */
  readonly precision?: Precision | undefined;
  /** Default: `cpu`. */
  readonly device?: Device | undefined;
  /** Default: 1. */
  readonly threads?: number | undefined;
  /** Folder of prepared forms, made at the first load; without one every load takes longer. */
  readonly cacheDir?: string | undefined;
}

type Undefinable<T> = { readonly [Key in keyof T]: T[Key] | undefined };

/**
 * Adopts the checkpoint in a folder and loads it into the calling process, without a zoo: what the functional forms of
 * plugins stand on.
 * @throws ModelError `checkpoint_invalid` naming the file and key that do not fit the family
 */
export async function loadCheckpoint(
  path: string,
  { adopt, loader: Loader, declared }: CheckpointFamily,
  options: LoadCheckpointOptions = {},
): Promise<{ spec: ModelSpec; loader: ModelLoader }> {
  const { device = "cpu", threads = 1, cacheDir } = options;
  const choices = choicesOf(options);
  const folder = new CheckpointFolder(resolve(path), choices);
  const like = parseModelSpec({ ...unknown, ...declared }, "the functional form");
  const adopted = asChosen(folder.path, like, choices, await adopt(folder, like));
  const spec = parseModelSpec(adoptedSpec(adopted, like, like.model_name), folder.path);
  const artifacts = new ArtifactStore(spec, folder.path);
  const forms = cacheDir === undefined ? {} : await formsOf(spec, device, artifacts, resolve(cacheDir));
  const loader = new Loader(spec, (on) =>
    createLoadContext({ spec, device: on, artifacts, log: silent, providers: [onnxProvider], forms, threads }),
  );
  await loader.load(device);
  return { spec, loader };
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
  cacheDir: string,
): Promise<PreparedForms> {
  const store = new FormStore({ cacheDir, log: silent });
  return store.ensure((await onnxProvider.formKeys?.({ spec, device })) ?? {}, async ({ graphs }) => {
    const files = await artifacts.files();
    for (const [graph, folder] of Object.entries(graphs))
      await onnxProvider.makeForm?.({ spec, device, graph, artifacts: files, folder, log: silent });
  });
}

const silent = logTo(() => {});

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
