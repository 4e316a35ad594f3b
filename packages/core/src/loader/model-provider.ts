import type { Device } from "../contract/device.ts";
import type { Log } from "../contract/log.ts";
import type { GraphDeclaration, ModelSpec } from "../contract/model-spec.ts";
import type { EngineRecipe } from "../contract/recipe.ts";
import type { VerifiedFile } from "../files/verified-file.ts";
import type { Graph } from "./graph.ts";
import type { NeededForms, PreparedForm } from "./prepared-form.ts";

/**
 * An engine adapter: opens what the specs it supports declare under `graphs`. Stateless between models.
 * @typeParam Handle what it opens: a graph of tensors, a session that gives tokens, the parts of a pipeline
 */
export interface ModelProvider<Handle extends object = Graph> {
  /** By which its version and recipe stand in signatures. */
  readonly name: string;
  /** The `contractVersion` it was built for. */
  readonly contract: number;
  /** Version of the engine beneath, part of every recipe. */
  engineVersion(): Promise<string>;

  /** What `open` gives, by the word that its package.json has; default: `graph`. Answers of graphs are looked at for NaN. */
  readonly opens?: string;

  supports(spec: ModelSpec): boolean;

  /** Refuses artifacts that the engine could not open, before it is asked to. */
  validateLocalArtifacts(spec: ModelSpec, artifacts: VerifiedArtifacts): Promise<void>;

  /**
   * Names the forms of a spec's graphs that would load faster, made or not. Cheap: reads no weights, opens nothing.
   * An engine without such forms leaves this out, and `makeForm` too.
   */
  formKeys?(request: FormKeysRequest): Promise<NeededForms>;

  /**
   * Makes one graph's form in a process that does nothing else and may write to `folder` alone. Whoever asked takes the
   * files over, vouches for their bytes and gives them back to `open`. A folder left empty means that there is none.
   */
  makeForm?(request: MakeFormRequest): Promise<void>;

  /** A handle that is AsyncDisposable is closed when the model is unloaded. */
  open(request: OpenRequest): Promise<Handle>;

  /**
   * All by which it runs the model and that can change a bit of an answer: execution providers, session options. Plain
   * JSON; part of every signature. Default: the number of threads.
   */
  recipe?(request: RecipeRequest): Promise<EngineRecipe>;

  /** Starts what the engine starts once per process, so that the first `open` is fast. */
  warm?(): Promise<void>;
}

/** Verified files by artifact name. Those of the kind "dir" are not among them. */
export type VerifiedArtifacts = ReadonlyMap<string, VerifiedFile>;

export interface FormKeysRequest {
  readonly spec: ModelSpec;
  readonly device: Device;
}

export interface MakeFormRequest extends FormKeysRequest {
  readonly graph: string;
  readonly artifacts: VerifiedArtifacts;
  /** Absolute path of an empty folder. */
  readonly folder: string;
  readonly log: Log;
}

export interface OpenRequest extends FormKeysRequest {
  readonly graph: string;
  readonly declaration: GraphDeclaration;
  readonly artifacts: VerifiedArtifacts;
  /** The graph's prepared form, if there is one. Its digests hold; its files are to be checked against them. */
  readonly form?: PreparedForm | undefined;
  /** Threads that one run may use. */
  readonly threads: number;
  readonly log: Log;
}

export interface RecipeRequest {
  readonly spec: ModelSpec;
  readonly device: Device;
  /** Threads that one run may use. */
  readonly threads: number;
}
