import { resolve } from "node:path";
import { isArtifactDigest } from "../../contract/artifact-digest.ts";
import type { ModelSpec } from "../../contract/model-spec.ts";
import type { VerifiedFiles } from "../../files/artifact-store.ts";

/**
 * What of a runner's word is believed: digests of its own spec's artifacts, under the very paths that the spec gives them
 * below that folder. To be kept for later loads of the same plugin alone, since the runner runs that plugin's code.
 */
export function believedFiles(reported: VerifiedFiles, spec: ModelSpec, artifactsRoot: string): VerifiedFiles {
  const paths = spec.local_artifacts.map(({ path }) => resolve(artifactsRoot, path));
  return Object.fromEntries(
    paths.flatMap((path) => {
      const known = Object.hasOwn(reported, path) ? reported[path] : undefined;
      const isWhole = typeof known?.stamp === "string" && /^[0-9a-f]{64}$/.test(String(known.sha256));
      if (!isWhole) return [];
      const other = isArtifactDigest(known.other) ? { other: known.other } : {};
      return [[path, { stamp: known.stamp, sha256: known.sha256, ...other }]];
    }),
  );
}
