import { z } from "zod";
import type { Adopter } from "./adopt.ts";
import { contractVersion } from "./contract-version.ts";
import { type EngineManifest, engineManifestSchema } from "./engine-manifest.ts";
import type { ModelLoaderClass } from "./model-loader-base.ts";
import { relativePathSchema } from "./model-spec.ts";
import { modalitySchema } from "./preprocessing.ts";

/** The `menagerie` field of a plugin's package.json: all that the host reads of a plugin before it runs any of it. */
export interface PluginManifest {
  /** The `contractVersion` that the plugin was built for. */
  contract: number;
  /** Folder of the plugin's ModelSpecs, relative to its package; default: `./models`, where it is there. */
  models?: string | undefined;
  /** Packages, among the plugin's own dependencies, whose default export is a ModelProvider. */
  engines: string[];
  /** What the package's own engine is, if it has one. */
  engine?: EngineManifest | undefined;
  /** What loaders share, if the package is a kit. */
  kit?: KitManifest | undefined;
}

/** What a kit's package.json says of it under `menagerie.kit`. */
export interface KitManifest {
  /** By modality: a JSON Schema of its part of a spec's `preprocessing`, relative to the package. */
  preprocessing: Record<string, string>;
}

export const pluginManifestSchema: z.ZodType<PluginManifest> = z.strictObject({
  contract: z.int().positive(),
  models: z.string().optional(),
  engines: z.array(z.string()).default([]),
  engine: engineManifestSchema.optional(),
  kit: z.strictObject({ preprocessing: z.record(modalitySchema, relativePathSchema) }).optional(),
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
