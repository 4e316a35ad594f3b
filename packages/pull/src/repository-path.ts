import type { ArtifactDeclaration, ModelSpec } from "@menagerie/core";
import { ModelError } from "@menagerie/core";
import { schemeOf } from "./sources/open-source.ts";
import type { SourceRepository } from "./sources/source.ts";

/**
 * Where an artifact lies in the repository that its spec names: what `origin.files` says of it, else its path without the first folder, which
 * stands for the repository. `clip-vit-base-patch32/onnx/vision_model.onnx` is `onnx/vision_model.onnx` of `Xenova/clip-vit-base-patch32`.
 */
export function repositoryPath({ origin }: ModelSpec, { name, path }: ArtifactDeclaration): string {
  const named = origin?.files?.[name];
  if (named !== undefined) return named;
  const slash = path.indexOf("/");
  return slash === -1 ? path : path.slice(slash + 1);
}

/** The address of a spec's origin: `hf:OWNER/NAME@REVISION`, or what it names itself. @throws `source_not_found` for a spec without */
export function originAddress({ model_name: model, origin }: ModelSpec): string {
  if (origin === undefined)
    throw new ModelError(
      "source_not_found",
      `${model}: its spec names no origin, so there is nowhere to pull it from. Name one with --from, or put its files in place.`,
      { model },
    );
  const { repository, revision, host = "huggingface" } = origin;
  if (repository.startsWith("/")) return `file:${repository}`;
  const scheme = schemeOf(repository);
  if (scheme !== undefined && scheme !== "hf" && scheme !== "github") return repository;
  const address = scheme === undefined ? `${host === "github" ? "github" : "hf"}:${repository}` : repository;
  return revision === undefined || address.includes("@") ? address : `${address}@${revision}`;
}

/** What a lock has of where a spec's files came from: the name alone where the spec's own host is meant, else with its scheme. */
export function pulledOrigin(
  { origin }: ModelSpec,
  { repository, revision, scheme }: Pick<SourceRepository, "repository" | "revision" | "scheme">,
): { readonly repository: string; readonly revision?: string } {
  const own = origin?.host === "github" ? "github" : "hf";
  return {
    repository: scheme === undefined || scheme === own ? repository : `${scheme}:${repository}`,
    ...(revision === undefined ? {} : { revision }),
  };
}
