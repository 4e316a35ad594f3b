import type { Adopter } from "../adopt/adopt.ts";
import { contractVersion } from "../contract/contract-version.ts";
import type { ModelLoaderClass } from "./model-loader-base.ts";

/** What a plugin's module exports as its default. */
export interface Plugin {
  readonly contract: number;
  readonly name: string;
  /** Loader classes under the names that specs use in `loader`. */
  readonly loaders: Readonly<Record<string, ModelLoaderClass>>;
  /** How a checkpoint folder of each loader's family becomes a spec. */
  readonly adopt: Readonly<Record<string, Adopter>>;
}

export function definePlugin(plugin: {
  name: string;
  loaders: Record<string, ModelLoaderClass>;
  adopt?: Record<string, Adopter>;
}): Plugin {
  return { contract: contractVersion, name: plugin.name, loaders: plugin.loaders, adopt: plugin.adopt ?? {} };
}
