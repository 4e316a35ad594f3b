import { z } from "zod";
import type { Adopter } from "./adopt.ts";
import { contractVersion } from "./contract-version.ts";
import type { ModelLoaderClass } from "./model-loader-base.ts";

/** The `menagerie` field of a plugin's package.json: all that the host reads of a plugin before it runs any of it. */
export interface PluginManifest {
  /** The `contractVersion` that the plugin was built for. */
  contract: number;
  /** Folder of the plugin's ModelSpecs, relative to its package. */
  models: string;
  /** Folder of the tasks that the plugin brings, relative to its package; default: it brings none. */
  tasks?: string | undefined;
  /** Packages, among the plugin's own dependencies, whose default export is a ModelProvider. */
  engines: string[];
}

export const pluginManifestSchema: z.ZodType<PluginManifest> = z.strictObject({
  contract: z.int().positive(),
  models: z.string().default("./models"),
  tasks: z.string().min(1).optional(),
  engines: z.array(z.string()).default([]),
});

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
