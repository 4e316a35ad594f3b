import { weightsDigest } from "./artifact-store.ts";
import { type Digest, digestOf } from "./canonical-json.ts";
import type { Device } from "./device.ts";
import { ModelError } from "./model-error.ts";
import type { Engine, ModelSpec, Precision, Runtime } from "./model-spec.ts";

/** One line of `models_used[]`: which bytes gave an answer, and on what. */
export interface ModelsUsedEntry {
  readonly model_name: string;
  readonly model_version: string;
  readonly weights_digest: Digest;
  readonly runtime: Runtime;
  readonly engine: Engine;
  readonly precision: Precision;
  readonly device: Device;
}

/** The rest of the recipe: everything else that can change an answer. */
export interface Recipe {
  readonly preprocess_signature: Digest;
  /** Versions of the plugin and of each engine, by package name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly parameters_digest: Digest;
}

/** A spec with its device settled, and the signature of all that decides its answers. */
export interface ResolvedModel {
  readonly spec: ModelSpec;
  readonly device: Device;
  readonly modelsUsedEntry: ModelsUsedEntry;
  readonly modelSignature: Digest;
}

/** @throws `weights_digest_mismatch` if the spec pins a preprocess_signature and its preprocessing has another. */
export function resolveModel(
  spec: ModelSpec,
  device: Device,
  versions: Readonly<Record<string, string>>,
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
  const recipe: Recipe = {
    preprocess_signature: preprocessSignature(spec),
    versions,
    parameters_digest: digestOf({ parameters: spec.parameters, labels: spec.labels ?? [] }),
  };
  return { spec, device, modelsUsedEntry, modelSignature: modelSignature([modelsUsedEntry], recipe) };
}

/** One digest over the models used, in the order of their names, and the recipe they were used with. */
export function modelSignature(models: readonly ModelsUsedEntry[], recipe: Recipe): Digest {
  const sorted = [...models].sort((a, b) => (a.model_name < b.model_name ? -1 : 1));
  return digestOf({ models_used: sorted, recipe });
}

/** Digest of the spec's preprocessing. */
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
