import type { EngineManifest } from "../contract/engine-manifest.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { VerifiedFiles } from "../files/artifact-store.ts";

/** One model that can be asked for, and where its declaration came from. */
export interface CatalogueEntry {
  readonly spec: ModelSpec;
  /** The YAML file; relative paths in the spec start in its folder. */
  readonly file: string;
  /** npm name of the package that has the loader, or the name of a plugin that was given in code. */
  readonly plugin: string;
  /** Set for a model whose artifacts get their digests when it is loaded: those that are known already. */
  readonly pinnedAtLoad?: VerifiedFiles;
  /** What opens its graphs; undefined for a model that its plugin computes, and where no engine could be read. */
  readonly engine?: EngineManifest | undefined;
  /** The model of the same file that this is another precision of. */
  readonly variantOf?: string | undefined;
}
