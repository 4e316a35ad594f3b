import { z } from "zod";

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
