import { z } from "zod";
import { type EngineManifest, engineManifestSchema } from "./engine-manifest.ts";
import { relativePathSchema } from "./model-spec.ts";
import { modalitySchema } from "./preprocessing.ts";

/** The `menagerie` field of a plugin's package.json: all that the host reads of a plugin before it runs any of it. */
export interface PluginManifest {
  /** The `contractVersion` that the plugin was built for. */
  contract: number;
  /** Folder of the plugin's ModelSpecs, relative to its package; default: `./models`, where it is there. */
  models?: string | undefined;
  /** Folder of the tasks that the plugin brings, relative to its package; default: it brings none. */
  tasks?: string | undefined;
  /** Packages, among the plugin's own dependencies, whose default export is a ModelProvider. */
  engines: string[];
  /** What the package's own engine is, if it has one. */
  engine?: EngineManifest | undefined;
  /** What loaders share, if the package is a kit. */
  kit?: KitManifest | undefined;
  /** What it fetches weights from, if its default export is a source of `zoo pull`: the scheme of its addresses. */
  source?: { scheme: string } | undefined;
}

/** What a kit's package.json says of it under `menagerie.kit`. */
export interface KitManifest {
  /** By modality: a JSON Schema of its part of a spec's `preprocessing`, relative to the package. */
  preprocessing: Record<string, string>;
}

export const pluginManifestSchema: z.ZodType<PluginManifest> = z.strictObject({
  contract: z.int().positive(),
  models: z.string().optional(),
  tasks: z.string().min(1).optional(),
  engines: z.array(z.string()).default([]),
  engine: engineManifestSchema.optional(),
  kit: z.strictObject({ preprocessing: z.record(modalitySchema, relativePathSchema) }).optional(),
  source: z
    .strictObject({ scheme: z.string().regex(/^[a-z][a-z0-9+.-]+$/, "must be the scheme of an address: s3") })
    .optional(),
});
