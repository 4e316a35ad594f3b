import type { Device } from "../contract/device.ts";
import type { Log } from "../contract/log.ts";
import { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { ArtifactStore } from "../files/artifact-store.ts";
import { CheckedGraph } from "./checked-graph.ts";
import type { Graph } from "./graph.ts";
import type { ModelProvider } from "./model-provider.ts";
import type { PreparedForms } from "./prepared-form.ts";

/** All that a loader sees of the world. It knows neither the container nor the process it runs in. */
export interface LoadContext {
  readonly spec: ModelSpec;
  readonly device: Device;
  readonly log: Log;
  /**
   * Absolute path of a declared artifact whose bytes have been verified. On Linux a file's leads to the descriptor that it
   * was verified through: nothing can be put in its place, its name and extension are the spec's to tell, nothing lies
   * beside it, and it is good until the model is unloaded. Elsewhere, and for a folder, it is the artifact's own path.
   * A file that changes while the model loads makes the load fail with `weights_digest_mismatch`.
   */
  artifact(name: string): Promise<string>;
  /**
   * Opens a graph that the spec declares, on whichever engine supports the spec. Values of its answers that are no numbers
   * are `model_output_invalid`.
   */
  open(graph: string): Promise<Graph>;
  /** Ends what the context holds open. The loader's base class calls it. */
  close?(): void;
}

export type LoadContextFactory = (device: Device) => LoadContext;

export interface LoadContextOptions {
  readonly spec: ModelSpec;
  readonly device: Device;
  readonly log: Log;
  readonly artifacts: ArtifactStore;
  readonly providers: readonly ModelProvider[];
  /** Forms of the spec's graphs that were made before, by graph. */
  readonly forms?: PreparedForms;
  readonly threads: number;
}

export function createLoadContext(options: LoadContextOptions): LoadContext {
  const { spec, device, log, artifacts } = options;
  return {
    spec,
    device,
    log,
    artifact: (name) => artifacts.path(name),
    async open(graph) {
      const declaration = spec.graphs[graph];
      if (declaration === undefined) {
        throw new ModelError("model_spec_invalid", `${spec.model_name} declares no graph "${graph}".`, {
          model: spec.model_name,
          details: { graph, declared: Object.keys(spec.graphs) },
        });
      }
      const names = [declaration.artifact, ...(declaration.external_data ?? [])];
      const files = new Map(await Promise.all(names.map(async (name) => [name, await artifacts.file(name)] as const)));
      const opened = await providerFor(spec, options.providers).open({
        spec,
        device,
        log,
        threads: options.threads,
        graph,
        declaration,
        artifacts: files,
        form: options.forms?.[graph],
      });
      return new CheckedGraph(spec.model_name, opened);
    },
    close: () => artifacts[Symbol.dispose](),
  };
}

/** The provider that supports the spec. @throws `unsupported_engine` or `unsupported_runtime` naming the engines there are. */
export function providerFor(spec: ModelSpec, providers: readonly ModelProvider[]): ModelProvider {
  const provider = providers.find((candidate) => candidate.supports(spec));
  if (provider !== undefined) return provider;
  const names = providers.map((candidate) => candidate.name);
  throw new ModelError(
    spec.runtime === "inprocess" ? "unsupported_engine" : "unsupported_runtime",
    `${spec.model_name} asks for the engine "${spec.engine}" (runtime "${spec.runtime}"), which none of its plugin's ` +
      `engines supports: ${names.length === 0 ? "it lists none" : names.join(", ")}.`,
    { model: spec.model_name, details: { engine: spec.engine, runtime: spec.runtime, providers: names } },
  );
}
