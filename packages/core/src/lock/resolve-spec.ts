import type { ModelSpec } from "../contract/model-spec.ts";
import type { LockedModel, ZooLock } from "./zoo-lock.ts";

/**
 * What a spec means here: where it leaves digest, size and revision open, those of the lock. What the spec itself pins stays as it is.
 * Pure: the same declaration and lock give the same spec.
 */
export function resolveSpec(declared: ModelSpec, lock: ZooLock): ModelSpec {
  const locked = lock.models.find(({ model }) => model === declared.model_name);
  if (locked === undefined) return declared;
  const artifacts = declared.local_artifacts.map((artifact) => {
    const known = fileOf(locked, artifact.name, artifact.path);
    const isWhole = artifact.sha256 !== undefined && artifact.size_bytes !== undefined;
    return known === undefined || isWhole ? artifact : { ...known, ...artifact };
  });
  const origin = locked.origin === undefined ? declared.origin : { ...declared.origin, ...locked.origin };
  const isSame =
    artifacts.every((artifact, i) => artifact === declared.local_artifacts[i]) &&
    origin?.repository === declared.origin?.repository &&
    origin?.revision === declared.origin?.revision;
  return isSame ? declared : { ...declared, local_artifacts: artifacts, ...(origin === undefined ? {} : { origin }) };
}

/** What is locked of an artifact, by its name and its path: another path is another file. */
function fileOf(
  { artifacts }: LockedModel,
  name: string,
  path: string,
): { readonly sha256: string; readonly size_bytes: number } | undefined {
  const known = artifacts.find((artifact) => artifact.name === name && artifact.path === path);
  return known === undefined ? undefined : { sha256: known.sha256, size_bytes: known.size_bytes };
}
