import { join } from "node:path";
import type { ModelSpec } from "../contract/model-spec.ts";
import { assertThere } from "../files/artifact-refusals.ts";
import { ArtifactStore, type ReadingOptions, type VerifiedFiles } from "../files/artifact-store.ts";
import { folderEntries } from "../files/folder-digest.ts";
import { pinnedSpec } from "../files/pinned-spec.ts";
import type { LockedArtifact, LockedModel } from "../lock/zoo-lock.ts";

/**
 * What a lock says of a model whose files lie under a folder: all of them are read, and those that its spec pins must be
 * what it says. Where they came from is not known from them.
 * @param spec as it is declared, without what a lock says
 * @throws `weights_*`, `artifact_outside_root`
 */
export async function lockModel(spec: ModelSpec, root: string, reading: ReadingOptions = {}): Promise<LockedModel> {
  const verified: VerifiedFiles = {};
  for (const artifact of spec.local_artifacts) await assertThere(join(root, artifact.path), artifact, spec);
  const pinned = await pinnedSpec(spec, root, verified, reading);
  using store = new ArtifactStore(pinned, root, verified, reading);
  const artifacts = await Promise.all(
    pinned.local_artifacts.map(async (artifact): Promise<LockedArtifact> => {
      const { name, path, kind } = artifact;
      if (kind === "dir") {
        const folder = await store.path(name);
        const entries = await folderEntries(folder, root);
        const sha256 = store.verified[folder]?.sha256 ?? "";
        return { name, path, sha256, size_bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0) };
      }
      const { sha256, bytes } = await store.file(name);
      return { name, path, sha256, size_bytes: bytes };
    }),
  );
  await store.assertUnchanged();
  return { model: spec.model_name, licence: spec.licence.id, artifacts };
}

/** Whether two lock entries say the same bytes. */
export function areSameFiles(one: LockedModel, other: LockedModel): boolean {
  const lines = ({ artifacts }: LockedModel): string =>
    artifacts
      .map(({ name, path, sha256, size_bytes }) => [name, path, sha256, size_bytes].join("\0"))
      .sort()
      .join("\n");
  return lines(one) === lines(other);
}
