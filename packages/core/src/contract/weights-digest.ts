import { type Digest, digestOfText } from "./canonical-json.ts";
import type { ArtifactDeclaration, ModelSpec } from "./model-spec.ts";

/** sha256 over "path NUL digest LF" of the artifacts in the order of their paths; independent of where they lie. */
export function weightsDigest(spec: ModelSpec): Digest {
  if (spec.weights_digest !== "auto" && spec.local_artifacts.length === 0) {
    return spec.weights_digest === "provided_by_deploy" ? digestOfText("") : spec.weights_digest;
  }
  const lines = spec.local_artifacts.map((a) => `${a.path}\0${pinOf(a)}\n`).sort();
  return digestOfText(lines.join(""));
}

/** What an artifact is pinned by: its sha256, else what its publisher gives in that place. */
export function pinOf({ sha256, digest }: ArtifactDeclaration): string {
  return sha256 ?? digest ?? "unpinned";
}
