import type { DevicePolicy } from "../contract/device.ts";
import { ModelError } from "../contract/model-error.ts";
import type { ArtifactDeclaration, ModelSpec } from "../contract/model-spec.ts";
import type { LockedArtifact, ZooLock } from "./zoo-lock.ts";

/** What a zoo spec says of a model beside its ModelSpec. */
export interface ZooWish {
  readonly device_policy?: DevicePolicy | undefined;
}

/**
 * What a spec means here: where it leaves digest, size and revision open, those of the lock; where the zoo spec orders
 * another device, that one. What the spec itself pins stays as it is. Pure: the same declaration, lock and wish give the
 * same spec, and the very same one where nothing is added.
 * @throws `weights_digest_mismatch` where spec and lock pin different bytes
 */
export function resolveSpec(declared: ModelSpec, lock: ZooLock, wish: ZooWish = {}): ModelSpec {
  const { device_policy = declared.device_policy } = wish;
  const wished = device_policy === declared.device_policy ? declared : { ...declared, device_policy };
  const locked = lock.models.find(({ model }) => model === declared.model_name);
  if (locked === undefined) return wished;
  const artifacts = declared.local_artifacts.map((artifact) => {
    // Another path is another file.
    const known = locked.artifacts.find(({ name, path }) => name === artifact.name && path === artifact.path);
    return known === undefined ? artifact : pinnedBy(artifact, known, declared.model_name);
  });
  const origin = locked.origin === undefined ? declared.origin : { ...declared.origin, ...locked.origin };
  const isSame =
    artifacts.every((artifact, i) => artifact === declared.local_artifacts[i]) &&
    origin?.repository === declared.origin?.repository &&
    origin?.revision === declared.origin?.revision;
  return isSame ? wished : { ...wished, local_artifacts: artifacts, ...(origin === undefined ? {} : { origin }) };
}

function pinnedBy(
  artifact: ArtifactDeclaration,
  { sha256, size_bytes }: LockedArtifact,
  model: string,
): ArtifactDeclaration {
  const { name, path } = artifact;
  const difference =
    artifact.sha256 !== undefined && artifact.sha256 !== sha256
      ? { what: "sha256", expected: artifact.sha256, locked: sha256 }
      : artifact.size_bytes !== undefined && artifact.size_bytes !== size_bytes
        ? { what: "size in bytes", expected: artifact.size_bytes, locked: size_bytes }
        : undefined;
  const isWhole = artifact.sha256 !== undefined && artifact.size_bytes !== undefined;
  if (difference === undefined) return isWhole ? artifact : { ...artifact, sha256, size_bytes };
  const { what, ...figures } = difference;
  throw new ModelError(
    "weights_digest_mismatch",
    `${model}: its spec and zoo.lock pin other bytes for the artifact "${name}" (${path}): the ${what} is ${figures.expected} in the spec, ` +
      `and ${figures.locked} in the lock. If the spec is right, fetch the model again, and write the lock: \`zoo lock ${model} --update\`.`,
    { model, details: { artifact: name, path, ...figures } },
  );
}
