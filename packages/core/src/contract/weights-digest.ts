import { type Digest, digestOfText } from "./canonical-json.ts";
import type { ModelSpec } from "./model-spec.ts";

/** sha256 over "path NUL digest LF" of the artifacts in the order of their paths; independent of where they lie. */
export function weightsDigest(spec: ModelSpec): Digest {
  if (spec.weights_digest !== "auto" && spec.local_artifacts.length === 0) {
    return spec.weights_digest === "provided_by_deploy" ? digestOfText("") : spec.weights_digest;
  }
  const lines = spec.local_artifacts.map((a) => `${a.path}\0${a.sha256 ?? "unpinned"}\n`).sort();
  return digestOfText(lines.join(""));
}
