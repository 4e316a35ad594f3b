import type { Device } from "./device.ts";
import type { Graph } from "./graph.ts";
import type { Log } from "./log.ts";
import type { GraphDeclaration, ModelSpec } from "./model-spec.ts";
import type { EngineRecipe } from "./recipe.ts";

/** An engine adapter: opens the graphs of the specs it supports. Stateless between models. */
export interface ModelProvider {
  readonly name: string;
  /** The `contractVersion` it was built for. */
  readonly contract: number;
  /** Version of the engine beneath, part of every recipe. */
  engineVersion(): Promise<string>;

  supports(spec: ModelSpec): boolean;

  /** Refuses artifacts that the engine could not open, before it is asked to. Paths are verified already. */
  validateLocalArtifacts(spec: ModelSpec, artifacts: ReadonlyMap<string, string>): Promise<void>;

  /**
   * Makes the form of the artifacts that loads fastest, if there is none yet.
   * @returns true if work was done: the process has grown and should be replaced before the model is opened.
   */
  prepare?(request: PrepareRequest): Promise<boolean>;

  open(request: OpenRequest): Promise<Graph>;

  /**
   * All by which it runs the model and that can change a bit of an answer: execution providers, session options. Plain
   * JSON; part of every signature. Default: the number of threads.
   */
  recipe?(request: RecipeRequest): Promise<EngineRecipe>;

  /** Starts what the engine starts once per process, so that the first `open` is fast. */
  warm?(): Promise<void>;
}

export interface PrepareRequest {
  readonly spec: ModelSpec;
  readonly device: Device;
  /** Verified absolute paths by artifact name. */
  readonly artifacts: ReadonlyMap<string, string>;
  /** Folder for prepared forms; may be emptied at any time. */
  readonly cacheDir: string;
  readonly log: Log;
}

export interface OpenRequest extends PrepareRequest {
  readonly graph: string;
  readonly declaration: GraphDeclaration;
  /** Threads that one run may use. */
  readonly threads: number;
}

export interface RecipeRequest {
  readonly spec: ModelSpec;
  readonly device: Device;
  /** Threads that one run may use. */
  readonly threads: number;
}
