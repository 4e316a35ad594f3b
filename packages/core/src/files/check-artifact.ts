import { stat } from "node:fs/promises";
import { type ErrorCode, type ModelError, type SerialisedModelError, toModelError } from "../contract/model-error.ts";
import type { ArtifactDeclaration, ModelSpec } from "../contract/model-spec.ts";
import { pinWords } from "./artifact-refusals.ts";
import { ArtifactStore, type ReadingOptions } from "./artifact-store.ts";

/** What was found of one artifact. */
export interface CheckedArtifact {
  readonly model: string;
  readonly artifact: string;
  /** Absolute; as the spec has it where it leaves the folder of models. */
  readonly path: string;
  readonly state: "ok" | "missing" | "empty" | "unreadable" | "unpinned" | "mismatch" | "outside_root" | "failed";
  /** What pins it: "sha256", "sha512", "md5 (weak)", "none". */
  readonly pinned_by: string;
  /** Size of a file. */
  readonly bytes?: number | undefined;
  readonly error?: SerialisedModelError | undefined;
}

const states: Partial<Record<ErrorCode, CheckedArtifact["state"]>> = {
  weights_missing: "missing",
  weights_empty: "empty",
  weights_unreadable: "unreadable",
  weights_unpinned: "unpinned",
  weights_digest_mismatch: "mismatch",
  artifact_outside_root: "outside_root",
};

/** Reads an artifact anew, whatever is remembered of it, and holds it to what pins it. Never throws. */
export async function checkArtifact(
  spec: ModelSpec,
  artifact: ArtifactDeclaration,
  root: string,
  reading: ReadingOptions = {},
): Promise<CheckedArtifact> {
  using store = new ArtifactStore({ ...spec, local_artifacts: [artifact] }, root, {}, reading);
  const found = { model: spec.model_name, artifact: artifact.name, pinned_by: pinWords(artifact) };
  try {
    const path = store.resolve(artifact.path);
    const info = await stat(path).catch(() => undefined);
    const about = { ...found, path, ...(info?.isFile() ? { bytes: info.size } : {}) };
    return await store.path(artifact.name).then(
      () => ({ ...about, state: "ok" as const }),
      (error: unknown) => ({ ...about, ...refusedAs(toModelError(error)) }),
    );
  } catch (error) {
    return { ...found, path: artifact.path, ...refusedAs(toModelError(error)) };
  }
}

function refusedAs(error: ModelError): Pick<CheckedArtifact, "state" | "error"> {
  return { state: states[error.code] ?? "failed", error: error.toJSON() };
}
