import { type Digest, digestOf } from "./canonical-json.ts";
import type { EngineNeeds } from "./engine-manifest.ts";
import { ModelError } from "./model-error.ts";
import type { GraphDeclaration, ModelSpec } from "./model-spec.ts";
import { pinOf } from "./weights-digest.ts";

/** Versions of installed packages by npm name; where there are several, the versions and the packages that use each. */
export type PackageVersions = Readonly<Record<string, string | Readonly<Record<string, readonly string[]>>>>;

/** What an engine says that it runs a model with: execution providers, session options. Plain JSON. */
export type EngineRecipe = Readonly<Record<string, unknown>>;

/** What only the load of a model tells. */
export interface LoadedWith {
  /** npm name of the package that has the loader; default: the one that the spec names. */
  readonly plugin?: string | undefined;
  readonly packages?: PackageVersions | undefined;
  readonly engineRecipes?: Readonly<Record<string, EngineRecipe>> | undefined;
  /** What its runner was granted because its engine declares it. */
  readonly needs?: EngineNeeds | undefined;
}

/** All that can change an answer beside what `models_used` says. Data: its digest is the same wherever it is computed. */
export interface Recipe {
  /** npm name of the package that has the loader; empty where it is not known. */
  readonly plugin: string;
  /** Name of the loader's class in that package. */
  readonly loader: string;
  /** sha256 by artifact name, or what the spec pins in its place: the loader and the graphs ask for artifacts by name. `unpinned` where the spec has none. */
  readonly artifacts: Readonly<Record<string, string>>;
  /** By graph name: the artifact that holds it, those with its weights, and the axis along which requests are joined. */
  readonly graphs: Readonly<Record<string, GraphDeclaration>>;
  /** Digest of `preprocess_preset` and `preprocessing`. */
  readonly preprocess_signature: Digest;
  /** Digest of `parameters`, and of `labels` in their order. */
  readonly parameters_digest: Digest;
  /** Digest of `input_schema` and `output_schema`: kits find a graph's tensors by the names in them. */
  readonly schema_digest: Digest;
  /** Inputs that one run takes at most: sums of another batch may differ in their last bits. */
  readonly max_batch: number;
  /** Versions of the plugin, of each engine beneath its package, and of Node in the runner, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Versions of the packages that the runner has: core, the plugin, its engines, and all that they depend on. */
  readonly packages: PackageVersions;
  /** By engine: what it says of how it runs the model. */
  readonly engine_recipes: Readonly<Record<string, EngineRecipe>>;
  /**
   * What the runner was granted and answers may come by: other programs, hosts, variables by name. Their values are not signed,
   * they may be secrets: an engine whose answers depend on one says so in its recipe. Left out where nothing was granted.
   */
  readonly granted?: Omit<EngineNeeds, "threads"> | undefined;
}

/** @throws `model_spec_invalid` if the spec pins a preprocess_signature and its preprocessing has another. */
export function recipeOf(
  spec: ModelSpec,
  versions: Readonly<Record<string, string>>,
  loadedWith: LoadedWith = {},
): Recipe {
  return {
    plugin: loadedWith.plugin ?? spec.plugin ?? "",
    loader: spec.loader,
    artifacts: Object.fromEntries(spec.local_artifacts.map((artifact) => [artifact.name, pinOf(artifact)])),
    graphs: Object.fromEntries(
      Object.entries(spec.graphs).map(([name, graph]) => [
        name,
        // The graph finds its weights by their paths: in which order they are listed says nothing.
        { ...graph, external_data: (graph.external_data ?? []).toSorted() },
      ]),
    ),
    preprocess_signature: preprocessSignature(spec),
    parameters_digest: digestOf({ parameters: spec.parameters, labels: spec.labels }),
    schema_digest: digestOf({ input_schema: spec.input_schema, output_schema: spec.output_schema }),
    max_batch: spec.resource_requirements.max_batch,
    versions,
    packages: loadedWith.packages ?? {},
    engine_recipes: loadedWith.engineRecipes ?? {},
    ...grantedBy(loadedWith.needs),
  };
}

/** Threads give the same answers as one does. */
function grantedBy({ threads: _, ...granted }: EngineNeeds = {}): Pick<Recipe, "granted"> {
  return Object.keys(granted).length === 0 ? {} : { granted };
}

/**
 * Digest of the spec's preprocessing.
 * @throws `model_spec_invalid` if the spec pins another one
 */
export function preprocessSignature(spec: ModelSpec): Digest {
  const computed = digestOf({ preset: spec.preprocess_preset ?? "", preprocessing: spec.preprocessing });
  if (spec.preprocess_signature !== "auto" && spec.preprocess_signature !== computed) {
    throw new ModelError(
      "model_spec_invalid",
      `${spec.model_name}: "preprocess_signature" is pinned to ${spec.preprocess_signature}, but "preprocessing" has ` +
        `${computed}. Write "auto", or the second one if the change is meant.`,
      { model: spec.model_name, details: { expected: spec.preprocess_signature, actual: computed } },
    );
  }
  return computed;
}
