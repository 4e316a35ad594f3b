import { resolve } from "node:path";
import { aboutModel, isModelError } from "../contract/model-error.ts";
import type { ArtifactDeclaration, ModelSpec } from "../contract/model-spec.ts";
import { assertThere, unreadable } from "./artifact-refusals.ts";
import type { ReadingOptions, VerifiedFiles } from "./artifact-store.ts";
import { folderDigest } from "./folder-digest.ts";
import { VerifiedFile } from "./verified-file.ts";

/**
 * The spec with the digests that its artifacts have now, where it says none.
 * @param verified digests known already; extended
 * @throws `weights_missing`, `weights_unreadable`, `weights_empty`
 */
export async function pinnedSpec(
  spec: ModelSpec,
  root: string,
  verified: VerifiedFiles,
  reading: ReadingOptions = {},
): Promise<ModelSpec> {
  const { model_name: model } = spec;
  const pin = async (artifact: ArtifactDeclaration): Promise<ArtifactDeclaration> => {
    const path = resolve(root, artifact.path);
    if (artifact.sha256 !== undefined || artifact.digest !== undefined) return artifact;
    await assertThere(path, artifact, spec);
    try {
      if (artifact.kind === "dir") {
        const { stamp, sha256 } = await folderDigest(path, { ...reading, root, known: verified[path] });
        verified[path] = { stamp, sha256 };
        return { ...artifact, sha256 };
      }
      using file = await VerifiedFile.open(path, { ...reading, known: verified[path] });
      verified[path] = file.known;
      return { ...artifact, sha256: file.sha256 };
    } catch (error) {
      throw isModelError(error) ? aboutModel(error, model) : unreadable(path, artifact, model, error);
    }
  };
  return { ...spec, local_artifacts: await Promise.all(spec.local_artifacts.map(pin)) };
}
