import type { Device } from "../contract/device.ts";
import type { Log } from "../contract/log.ts";
import { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { ArtifactStore } from "../files/artifact-store.ts";
import { CheckedGraph } from "./checked-graph.ts";
import { failedOpen } from "./failed-open.ts";
import type { Graph } from "./graph.ts";
import type { ModelProvider } from "./model-provider.ts";
import type { PreparedForms } from "./prepared-form.ts";

/**
 * All that a loader sees of the world. It knows neither the container nor the process it runs in.
 * @typeParam Handle what the spec's engine opens
 */
export interface LoadContext<Handle extends object = Graph> {
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
  /** What the spec's engine opens, by its word for it; undefined where no engine supports the spec. Default: `graph`. */
  readonly opens?: string | undefined;
  /**
   * Opens what the spec declares under that name in `graphs`, on whichever engine supports the spec. Of graphs of tensors, values
   * of answers that are no numbers are `model_output_invalid`.
   */
  open(name: string): Promise<Handle>;
  /** Ends what the context holds open. The loader's base class calls it. */
  close?(): void;
}

export type LoadContextFactory<Handle extends object = Graph> = (device: Device) => LoadContext<Handle>;

export interface LoadContextOptions {
  readonly spec: ModelSpec;
  readonly device: Device;
  readonly log: Log;
  readonly artifacts: ArtifactStore;
  readonly providers: readonly ModelProvider<object>[];
  /** Forms of the spec's graphs that were made before, by graph. */
  readonly forms?: PreparedForms;
  readonly threads: number;
}

/** @typeParam Handle what the spec's engine opens, on the caller's word */
export function createLoadContext<Handle extends object = Graph>(options: LoadContextOptions): LoadContext<Handle> {
  const { spec, device, log, artifacts } = options;
  const usual = options.providers.find((candidate) => candidate.supports(spec));
  return {
    spec,
    device,
    log,
    opens: usual === undefined ? undefined : whatOpens(usual),
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
      const provider = providerFor(spec, options.providers);
      const asked = {
        spec,
        device,
        log,
        threads: options.threads,
        graph,
        declaration,
        artifacts: files,
        form: options.forms?.[graph],
      };
      const opened = await openWith(provider, asked);
      const handle = isOfGraphs(provider, opened) ? new CheckedGraph(spec.model_name, opened) : opened;
      return handle as Handle;
    },
    close: () => artifacts[Symbol.dispose](),
  };
}

/** @throws ModelError that names the engine, the graph and the model */
async function openWith(
  provider: ModelProvider<object>,
  asked: Parameters<ModelProvider<object>["open"]>[0],
): Promise<object> {
  const { spec, graph } = asked;
  try {
    return await provider.open(asked);
  } catch (error) {
    throw failedOpen(
      error,
      spec.model_name,
      `The engine "${provider.name}", asked for the graph "${graph}" of ${spec.model_name},`,
    );
  }
}

/** The word for what a provider opens. */
export function whatOpens({ opens = "graph" }: ModelProvider<object>): string {
  return opens;
}

function isOfGraphs(provider: ModelProvider<object>, _opened: object): _opened is Graph {
  return whatOpens(provider) === "graph";
}

/** The provider that supports the spec. @throws `unsupported_engine` or `unsupported_runtime` naming the engines there are. */
export function providerFor(spec: ModelSpec, providers: readonly ModelProvider<object>[]): ModelProvider<object> {
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
