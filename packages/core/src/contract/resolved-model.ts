import { canonicalJson, type Digest, digestOf } from "./canonical-json.ts";
import type { Device } from "./device.ts";
import type { ModelSpec } from "./model-spec.ts";
import { type LoadedWith, type Recipe, recipeOf } from "./recipe.ts";
import { weightsDigest } from "./weights-digest.ts";

/** One line of `models_used[]`: which bytes gave an answer, and on what. */
export interface ModelsUsedEntry {
  readonly model_name: string;
  readonly model_version: string;
  readonly weights_digest: Digest;
  readonly runtime: string;
  readonly engine: string;
  readonly precision: string;
  readonly device: Device;
}

/** A spec with its device settled, and the signature of all that decides its answers. */
export interface ResolvedModel {
  readonly spec: ModelSpec;
  readonly device: Device;
  readonly modelsUsedEntry: ModelsUsedEntry;
  /** What the signature stands for, beside `modelsUsedEntry`. */
  readonly recipe: Recipe;
  readonly modelSignature: Digest;
}

/**
 * @param versions of the plugin and of each engine, by name
 * @param loadedWith what the model's load told beside
 * @throws `model_spec_invalid` if the spec pins a preprocess_signature and its preprocessing has another.
 */
export function resolveModel(
  spec: ModelSpec,
  device: Device,
  versions: Readonly<Record<string, string>>,
  loadedWith: LoadedWith = {},
): ResolvedModel {
  const modelsUsedEntry: ModelsUsedEntry = {
    model_name: spec.model_name,
    model_version: spec.model_version,
    weights_digest: weightsDigest(spec),
    runtime: spec.runtime,
    engine: spec.engine,
    precision: spec.precision,
    device,
  };
  const recipe = recipeOf(spec, versions, loadedWith);
  return { spec, device, modelsUsedEntry, recipe, modelSignature: modelSignature([modelsUsedEntry], recipe) };
}

/** One digest over the models used, in whatever order they are given, and the recipe they were used with. */
export function modelSignature(models: readonly ModelsUsedEntry[], recipe: Recipe): Digest {
  const sorted = models
    .map((entry) => ({ entry, text: canonicalJson(entry) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ entry }) => entry);
  return digestOf({ models_used: sorted, recipe });
}
