import { ModelError } from "../contract/model-error.ts";
import type { ArtifactDeclaration, ModelSpec, ResourceRequirements } from "../contract/model-spec.ts";
import type { AdoptChoices } from "./adopt-choices.ts";
import type { CheckpointFolder } from "./checkpoint-folder.ts";
import { usualRole } from "./usual-role.ts";

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
  /** What nothing in the folder says and was taken for granted: sentences that the person should check. */
  readonly assumptions?: readonly string[];
}

/** The whole spec of an adopted checkpoint. */
export function adoptedSpec(adopted: AdoptedCheckpoint, like: ModelSpec, name: string): ModelSpec {
  // What is said of one model is not said of another of its family.
  const { golden: _golden, origin: _origin, labels: _labels, description: _text, metadata: _notes, ...kept } = like;
  return {
    ...kept,
    weights_digest: "auto",
    preprocess_signature: "auto",
    golden: [],
    model_version: "1",
    // Other weights are not under the licence of those that they are like, nor for their purpose.
    licence: { id: "NOASSERTION" },
    role: usualRole(adopted.spec.tasks ?? like.tasks),
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

/**
 * Refuses an adoption that did not follow what the person had chosen, since nobody would notice.
 * @throws `checkpoint_invalid` naming the choice, and what counts in its place
 */
function assertHeeded(folder: string, like: ModelSpec, choices: AdoptChoices, { spec }: AdoptedCheckpoint): void {
  const refuse = (problem: string, details: Readonly<Record<string, unknown>>): never => {
    throw new ModelError("checkpoint_invalid", `${folder} ${problem}.`, {
      details: { folder, ...details, is_choice: true },
    });
  };
  const { precision: asked, graph, labels, size, activation } = choices;
  const found = spec.precision ?? like.precision;
  if (asked !== undefined && asked !== found)
    refuse(`was asked for in ${asked}, but a model like ${like.model_name} has nothing there but ${found}`, {
      asked,
      found,
    });
  const files = spec.local_artifacts.map(({ path }) => path);
  if (graph !== undefined && !files.includes(graph) && !files.includes(`onnx/${graph}`))
    refuse(
      `is read by fixed names as ${like.model_name} is (${files.join(", ")}), and not by ${graph}. Leave --file out`,
      { graph },
    );
  if (labels !== undefined && JSON.stringify(labels) !== JSON.stringify(spec.labels))
    refuse(`is like ${like.model_name}, whose labels follow from the question or the graph. Leave --labels out`, {
      labels: labels.length,
    });
  if (activation !== undefined && spec.parameters?.activation !== activation)
    refuse(`is like ${like.model_name}, which makes no scores by an activation. Leave --activation out`, {
      activation,
    });
  if (size !== undefined && !sizesIn(spec.preprocessing?.image).some(([w, h]) => w === size[0] && h === size[1]))
    refuse(`says itself in which size it takes pictures, which is not ${size.join(" x ")}. Leave --size out`, { size });
}

/**
 * An adoption as the person chose it: held to the choices that the family follows itself, with the tasks and the arithmetic
 * that were named.
 * @throws `checkpoint_invalid` naming the choice that the model does not leave
 */
export function asChosen(
  folder: string,
  like: ModelSpec,
  choices: AdoptChoices,
  adopted: AdoptedCheckpoint,
): AdoptedCheckpoint {
  assertHeeded(folder, like, choices, adopted);
  const { tasks: asked, arithmetic } = choices;
  const refuse = (problem: string, details: Readonly<Record<string, unknown>>): ModelError =>
    new ModelError("checkpoint_invalid", `${folder} ${problem}.`, { details: { folder, ...details, is_choice: true } });
  const { spec, findings } = adopted;
  const answered = spec.tasks ?? like.tasks;
  const stranger = asked?.find((task) => !(answered as readonly string[]).includes(task));
  if (stranger !== undefined)
    throw refuse(`answers ${answered.join(", ")}, and not ${stranger}. Leave --task out, or name some of these`, {
      task: stranger,
      answered,
    });
  const image = spec.preprocessing?.image;
  if (arithmetic !== undefined && (image === undefined || image.arithmetic === "opencv"))
    throw refuse(`is like ${like.model_name}, whose pictures nobody resizes by ${arithmetic}. Leave --arithmetic out`, {
      arithmetic,
    });
  return {
    ...adopted,
    spec: {
      ...spec,
      ...(asked === undefined ? {} : { tasks: answered.filter((task) => asked.includes(task)) }),
      ...(arithmetic === undefined || image === undefined
        ? {}
        : { preprocessing: { ...spec.preprocessing, image: { ...image, arithmetic } } }),
    },
    findings: [
      ...findings,
      ...(arithmetic === undefined ? [] : [`pictures are resized by ${arithmetic} (--arithmetic)`]),
    ],
  };
}

/** Sides that pictures are brought to, by resizing or cropping. */
function sizesIn({ resize, crop }: Readonly<Record<string, unknown>> = {}): [unknown, unknown][] {
  const { letterbox = resize } = (resize ?? {}) as { letterbox?: unknown };
  const sized = [letterbox, crop] as ({ width?: number; height?: number } | undefined)[];
  return sized.map((each) => [each?.width, each?.height]);
}
