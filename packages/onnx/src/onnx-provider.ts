import {
  contractVersion,
  type Graph,
  type ModelProvider,
  type ModelSpec,
  type OpenRequest,
  type PrepareRequest,
} from "@menagerie/core";
import { BranchingGraph } from "./branching-graph.ts";
import { engineVersion, loadEngine } from "./engine.ts";
import { engineError } from "./engine-error.ts";
import { checkDeclared } from "./graph-contract.ts";
import { readOnnxHeader } from "./onnx-header.ts";
import { PreparedForm, processorFeatures } from "./prepared-form.ts";
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
      const header = await readOnnxHeader(artifactPath(spec, artifacts, artifact));
      checkDeclared(spec, name, header.inputs, header.outputs);
    }
  },

  async prepare(request) {
    // An accelerator's kernels arrange weights in its own memory: the prepared form is one of main memory.
    if (request.device !== "cpu") return false;
    let worked = false;
    for (const [name, { artifact }] of Object.entries(request.spec.graphs)) {
      const form = await PreparedForm.of(request.spec, name, request.cacheDir);
      if ((await form.whole()) !== undefined) continue;
      try {
        await form.make(artifactPath(request.spec, request.artifacts, artifact), request.log);
      } catch (error) {
        throw engineError(
          error,
          `preparing the graph "${name}"`,
          request.spec.model_name,
          request.device,
          "model_load_failed",
        );
      }
      worked = true;
    }
    return worked;
  },

  async open(request) {
    const { spec, device, graph: name, threads, declaration, artifacts } = request;
    const source = artifactPath(spec, artifacts, declaration.artifact);
    const prepared = device === "cpu" ? await PreparedForm.of(spec, name, request.cacheDir) : undefined;
    const whole = await prepared?.whole();
    const file = whole?.graph ?? source;
    const isPrepared = whole?.graph !== undefined || whole?.branches !== undefined;
    const options = isPrepared ? preparedSessionOptions(device, threads) : sessionOptions(device, threads);
    const engine = await loadEngine();
    const opened = async (path: string): Promise<SessionGraph> => {
      const session = await engine.InferenceSession.create(path, options);
      const { metadata } = whole ?? (await readOnnxHeader(source));
      return SessionGraph.create({ model: spec.model_name, name, device, session, metadata });
    };
    try {
      const graph =
        whole?.branches === undefined
          ? await opened(file)
          : await BranchingGraph.open(whole.branches, await readOnnxHeader(source), opened);
      return await checked(spec, graph);
    } catch (error) {
      throw engineError(error, `opening the graph "${name}" (${file})`, spec.model_name, device, "model_load_failed");
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

function artifactPath(
  spec: ModelSpec,
  artifacts: PrepareRequest["artifacts"] | OpenRequest["artifacts"],
  name: string,
): string {
  const path = artifacts.get(name);
  if (path === undefined) throw new TypeError(`${spec.model_name}: no path was given for the artifact "${name}"`);
  return path;
}
