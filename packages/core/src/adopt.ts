import type { CheckpointFolder } from "./checkpoint-folder.ts";
import { ModelError } from "./model-error.ts";
import type { ArtifactDeclaration, ModelSpec, Precision, ResourceRequirements } from "./model-spec.ts";

/**
 * Reads a checkpoint folder of a family and says how it differs from a model of that family that is known already.
 * @throws ModelError `checkpoint_invalid` with the file and the key that do not fit.
 */
export type Adopter = (folder: CheckpointFolder, like: ModelSpec) => Promise<AdoptedCheckpoint>;

/** What the person who adopts decides where a folder leaves it open. */
export interface AdoptChoices {
  /** Of the graphs; the most exact that the folder has where left out. */
  readonly precision?: Precision;
  /** The graph, by its path in the folder, where several are there or its name is not the usual one. */
  readonly graph?: string;
  /** In the order of the outputs; the folder's own where left out. */
  readonly labels?: readonly string[];
  /** Width and height of pictures in pixels, for a folder that does not say. */
  readonly size?: readonly [width: number, height: number];
  /** True where only whether the folder fits is asked: artifacts then have no digests, and cannot be opened. */
  readonly isTrial?: boolean;
}

export interface AdoptedCheckpoint {
  /** The parts of the spec that the folder decides; the rest is taken from the model it is like. */
  readonly spec: Partial<ModelSpec> & Pick<ModelSpec, "local_artifacts">;
  /** What was found, and where: sentences for the person who adopts. */
  readonly findings: readonly string[];
  /** What nothing in the folder says and was taken for granted: sentences that the person should check. */
  readonly assumptions?: readonly string[];
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

/** @throws `checkpoint_invalid` where graphs of another precision were found than were asked for */
export function assertPrecision(folder: string, like: string, asked: Precision | undefined, found: Precision): void {
  if (asked === undefined || asked === found) return;
  throw new ModelError(
    "checkpoint_invalid",
    `${folder} was asked for in ${asked}, but a model like ${like} has nothing there but ${found}.`,
    { details: { folder, asked, found } },
  );
}
