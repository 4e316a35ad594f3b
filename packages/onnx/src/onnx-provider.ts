import { dirname, join, relative } from "node:path";
import { contractVersion, ModelError, type ModelSpec } from "@menagerie/core";
import {
  type Graph,
  type ModelProvider,
  type OpenRequest,
  readInPlace,
  type VerifiedArtifacts,
  type VerifiedFile,
} from "@menagerie/core/loader";
import { BranchingGraph } from "./branching-graph.ts";
import { engineVersion, loadEngine } from "./engine.ts";
import { engineError } from "./engine-error.ts";
import { checkDeclared } from "./graph-contract.ts";
import { type OnnxHeader, readOnnxHeader } from "./onnx-header.ts";
import { CheckedForm, makeForm, neededForm, processorFeatures } from "./prepared-form.ts";
import { SessionGraph } from "./session-graph.ts";
import { preparedSessionOptions, sessionOptions } from "./session-options.ts";
import { tinyModel } from "./tiny-model.ts";

/** ONNX Runtime, in this process. */
export const onnxProvider: ModelProvider = {
  name: "onnxruntime",
  contract: contractVersion,
  engineVersion,

  supports: (spec) => spec.runtime === "inprocess" && spec.engine === "onnx",

  async validateLocalArtifacts(spec, artifacts) {
    for (const [name, { artifact }] of Object.entries(spec.graphs)) {
      const { path, location } = artifactFile(spec, artifacts, artifact);
      const header = await readOnnxHeader(path, location);
      checkDeclared(spec, name, header.inputs, header.outputs);
    }
  },

  async formKeys({ spec, device }) {
    // An accelerator's kernels arrange weights in its own memory: the prepared form is one of main memory.
    if (device !== "cpu") return {};
    const graphs = Object.keys(spec.graphs);
    return Object.fromEntries(
      await Promise.all(graphs.map(async (graph) => [graph, await neededForm(spec, graph)] as const)),
    );
  },

  async makeForm({ spec, device, graph, artifacts, folder, log }) {
    const started = performance.now();
    const declaration = spec.graphs[graph];
    if (declaration === undefined) throw new TypeError(`${spec.model_name} declares no graph "${graph}"`);
    try {
      const source = await GraphSource.of(spec, artifacts, declaration);
      const made = await source.read(
        (path) => makeForm(path, source.header, folder),
        async () => {},
      );
      log.debug("a prepared form was written", { graph, files: made, ms: Math.round(performance.now() - started) });
    } catch (error) {
      throw engineError(error, `preparing the graph "${graph}"`, spec.model_name, device, "model_load_failed");
    }
  },

  async open(request) {
    const { spec, device, graph: name, threads, declaration, artifacts } = request;
    const engine = await loadEngine();
    const openedWith =
      (options: ReturnType<typeof sessionOptions>, metadata: Readonly<Record<string, string>>) =>
      async (path: string): Promise<SessionGraph> => {
        const session = await engine.InferenceSession.create(path, options);
        return SessionGraph.create({ model: spec.model_name, name, device, session, metadata });
      };
    const opened = async (): Promise<Graph> => {
      if (request.form !== undefined) {
        using form = await CheckedForm.open(request.form);
        const open = openedWith(preparedSessionOptions(device, threads), form.metadata);
        if (form.shape === "whole") return await form.read("whole", open);
        if (form.shape === "branches") {
          const { header } = await GraphSource.of(spec, artifacts, declaration);
          return await BranchingGraph.open(header, (branch) => form.read(branch, open));
        }
      }
      const source = await GraphSource.of(spec, artifacts, declaration);
      const open = openedWith(sessionOptions(device, threads), source.header.metadata);
      return source.read(open, (graph) => graph[Symbol.asyncDispose]());
    };
    try {
      return await checked(spec, await opened());
    } catch (error) {
      const from = request.form?.dir ?? artifacts.get(declaration.artifact)?.location;
      throw engineError(error, `opening the graph "${name}" (${from})`, spec.model_name, device, "model_load_failed");
    }
  },

  async recipe({ device, threads }) {
    const { executionProviders, logSeverityLevel: _, ...options } = sessionOptions(device, threads);
    // What a graph was optimised with is what it would be opened with, prepared or not.
    return {
      execution_providers: executionProviders,
      session_options: options,
      // The package has one build for each, with kernels of its own.
      platform: `${process.platform}-${process.arch}`,
    };
  },

  async warm() {
    const engine = await loadEngine();
    const session = await engine.InferenceSession.create(tinyModel(), sessionOptions("cpu", 1));
    await session.release();
    // Read once per process, and asked for by every load.
    await Promise.all([engineVersion(), processorFeatures()]);
  },
};

async function checked(spec: ModelSpec, graph: Graph): Promise<Graph> {
  try {
    checkDeclared(spec, graph.name, graph.inputs, graph.outputs);
    return graph;
  } catch (error) {
    await graph[Symbol.asyncDispose]();
    throw error;
  }
}

/** The file that a graph was exported to, with those that hold its weights. */
class GraphSource {
  readonly header: OnnxHeader;
  readonly #graph: VerifiedFile;
  readonly #weights: readonly VerifiedFile[];

  private constructor(header: OnnxHeader, graph: VerifiedFile, weights: readonly VerifiedFile[]) {
    this.header = header;
    this.#graph = graph;
    this.#weights = weights;
  }

  /** @throws `model_load_failed` for no ONNX model; `weights_unpinned` for weights in a file that the spec does not declare */
  static async of(
    spec: ModelSpec,
    artifacts: VerifiedArtifacts,
    { artifact, external_data = [] }: OpenRequest["declaration"],
  ): Promise<GraphSource> {
    const graph = artifactFile(spec, artifacts, artifact);
    const header = await readOnnxHeader(graph.path, graph.location).catch(async (error: Error) => {
      await graph.assertUnchanged();
      throw new ModelError("model_load_failed", `${spec.model_name}: ${error.message} Fetch it again.`, {
        model: spec.model_name,
        details: { file: graph.location },
        cause: error,
      });
    });
    await graph.assertUnchanged();
    const weights = external_data.map((name) => artifactFile(spec, artifacts, name));
    const folder = dirname(graph.location);
    const declared = weights.map(({ location }) => relative(folder, location));
    const stray = header.externalData.find((file) => !declared.includes(join(file)));
    if (stray === undefined) return new GraphSource(header, graph, weights);
    throw new ModelError(
      "weights_unpinned",
      `${spec.model_name}: the graph ${graph.location} has weights in ${stray}, which its spec does not declare, so their ` +
        `bytes cannot be trusted. Add the file to local_artifacts with its digest, and its name to the graph's external_data.`,
      { model: spec.model_name, details: { graph: graph.location, file: stray, declared } },
    );
  }

  /** Lets `read` open the graph, with its weights beside it. @throws `weights_digest_mismatch` */
  read<T>(read: (path: string) => Promise<T>, undo: (result: T) => PromiseLike<void>): Promise<T> {
    return readInPlace(this.#graph, this.#weights, read, undo);
  }
}

function artifactFile(spec: ModelSpec, artifacts: VerifiedArtifacts, name: string): VerifiedFile {
  const file = artifacts.get(name);
  if (file === undefined) throw new TypeError(`${spec.model_name}: no file was given for the artifact "${name}"`);
  return file;
}
