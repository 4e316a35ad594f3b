import { z } from "zod";

/** The `menagerie` field of a plugin's package.json: all that the host reads of a plugin before it runs any of it. */
export interface PluginManifest {
  /** The `contractVersion` that the plugin was built for. */
  contract: number;
  /** Folder of the plugin's ModelSpecs, relative to its package. */
  models: string;
  /** Packages, among the plugin's own dependencies, whose default export is a ModelProvider. */
  engines: string[];
}

export const pluginManifestSchema: z.ZodType<PluginManifest> = z.strictObject({
  contract: z.int().positive(),
  models: z.string().default("./models"),
  engines: z.array(z.string()).default([]),
});
