import type { Device } from "../contract/device.ts";
import { type Log, logTo } from "../contract/log.ts";
import { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import { ArtifactStore } from "../files/artifact-store.ts";
import type { Graph } from "./graph.ts";
import { createLoadContext, type LoadContext } from "./load-context.ts";
import type { ModelLoader, ModelLoaderClass } from "./model-loader-base.ts";
import type { ModelProvider } from "./model-provider.ts";
import type { PreparedForms } from "./prepared-form.ts";

export interface OpenModelOptions {
  readonly spec: ModelSpec;
  readonly loader: ModelLoaderClass;
  /** The spec's artifacts, or the absolute folder that they are in. */
  readonly artifacts: ArtifactStore | string;
  /** The engines that may open its graphs. Default: none. */
  readonly providers?: readonly ModelProvider<object>[] | undefined;
  /** Forms of its graphs that were made before, by graph. */
  readonly forms?: PreparedForms | undefined;
  /** Default: `cpu`. */
  readonly device?: Device | undefined;
  /** Threads that one run may use. Default: 1. */
  readonly threads?: number | undefined;
  /** Default: nobody reads it. */
  readonly log?: Log | undefined;
}

/** A model that is loaded, and what its loader opened. */
export interface OpenModel {
  readonly loader: ModelLoader;
  readonly opened: unknown;
}

/**
 * Opens a model: the one way in which its loader, artifacts, engines and forms come together, in a runner, in the functional
 * forms of plugins and in tests.
 * @throws `model_spec_invalid` for a task that the spec declares and the loader does not answer; what the loader throws
 */
export async function openModel(options: OpenModelOptions): Promise<OpenModel> {
  const { spec, device } = options;
  const loader = unopenedModel(options);
  const missing = spec.tasks.filter((task) => !loader.taskNames.includes(task));
  if (missing.length > 0)
    throw new ModelError(
      "model_spec_invalid",
      `${spec.model_name} declares ${missing.join(", ")}, which its loader "${spec.loader}" does not answer.`,
      { model: spec.model_name, details: { missing, answered: loader.taskNames } },
    );
  return { loader, opened: await loader.load(device) };
}

/** The loader of a model, not loaded yet. */
export function unopenedModel(options: OpenModelOptions): ModelLoader {
  const { spec, loader: Loader } = options;
  return new Loader(spec, (device) => contextFor({ ...options, device }));
}

/** What a loader is given to open a model with. @typeParam Handle what the spec's engine opens, on the caller's word */
export function contextFor<Handle extends object = Graph>(
  options: Omit<OpenModelOptions, "loader">,
): LoadContext<Handle> {
  const { spec, artifacts, device = "cpu", providers = [], forms = {}, threads = 1, log = silent } = options;
  const store = typeof artifacts === "string" ? new ArtifactStore(spec, artifacts) : artifacts;
  return createLoadContext<Handle>({ spec, device, log, artifacts: store, providers, forms, threads });
}

export const silent: Log = logTo(() => {});
