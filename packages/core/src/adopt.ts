import type { CheckpointFolder } from "./checkpoint-folder.ts";
import type { ArtifactDeclaration, ModelSpec, ResourceRequirements } from "./model-spec.ts";

/**
 * Reads a checkpoint folder of a family and says how it differs from a model of that family that is known already.
 * @throws ModelError `checkpoint_invalid` with the file and the key that do not fit.
 */
export type Adopter = (folder: CheckpointFolder, like: ModelSpec) => Promise<AdoptedCheckpoint>;

export interface AdoptedCheckpoint {
  /** The parts of the spec that the folder decides; the rest is taken from the model it is like. */
  readonly spec: Partial<ModelSpec> & Pick<ModelSpec, "local_artifacts">;
  /** What was found, and where: sentences for the person who adopts. */
  readonly findings: readonly string[];
}

/** The whole spec of an adopted checkpoint. */
export function adoptedSpec(adopted: AdoptedCheckpoint, like: ModelSpec, name: string): ModelSpec {
  const { golden: _golden, origin: _origin, labels: _labels, description: _description, ...kept } = like;
  return {
    ...kept,
    weights_digest: "auto",
    preprocess_signature: "auto",
    golden: [],
    model_version: "1",
    ...adopted.spec,
    model_name: name,
  };
}

/** The memory of the model that a checkpoint is like, in the proportion of the weights: activations of small models are small. */
export function adoptedRequirements(like: ModelSpec, artifacts: readonly ArtifactDeclaration[]): ResourceRequirements {
  const megabytes = artifacts.reduce((sum, artifact) => sum + (artifact.size_bytes ?? 0), 0) / 1e6;
  // A bare runner measures some 90 MB; weights are there once more while the prepared form is packed.
  return {
    ...like.resource_requirements,
    vram_mb: Math.ceil(megabytes * 1.2 + 50),
    ram_mb: Math.ceil(megabytes * 2 + 150),
  };
}
