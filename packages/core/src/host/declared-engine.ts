import { join } from "node:path";
import type { EngineManifest } from "../contract/engine-manifest.ts";
import { ModelError } from "../contract/model-error.ts";
import { type PluginManifest, pluginManifestSchema } from "../contract/plugin-manifest.ts";
import { describeIssues, plainWords } from "../contract/schema-issue.ts";
import type { PluginPackage } from "./discovery.ts";
import { findPackage, parsePackageJson, readJson } from "./installed-package.ts";

/**
 * What an engine's package says of itself. Undefined where it is not installed: a load says so, with the remedy.
 * @throws `plugin_invalid` for one that says nothing, or what does not fit
 */
export async function engineManifest(name: string, plugin: PluginPackage): Promise<EngineManifest | undefined> {
  const dir = await findPackage(name, plugin.dir);
  const json = dir === undefined ? undefined : await readJson(join(dir, "package.json"));
  if (dir === undefined || json === undefined) return undefined;
  const { engine } = manifestOf(json, dir) ?? {};
  if (engine !== undefined) return engine;
  throw new ModelError(
    "plugin_invalid",
    `${plugin.name} names ${name} among its engines, whose package.json says nothing of an engine. ` +
      `It must say under "menagerie.engine" which runtimes, precisions and devices it has.`,
    { details: { plugin: plugin.name, engine: name, folder: dir } },
  );
}

/** Undefined for a package that has nothing to do with zoos. @throws `plugin_invalid` */
export function manifestOf(json: Readonly<Record<string, unknown>>, dir: string): PluginManifest | undefined {
  if (json.menagerie === undefined) return undefined;
  const { name } = parsePackageJson(json, dir);
  const result = pluginManifestSchema.safeParse(json.menagerie, { error: plainWords });
  if (result.success) return result.data;
  const problems = describeIssues(pluginManifestSchema, result.error);
  throw new ModelError("plugin_invalid", `The "menagerie" field of ${name} is not valid: ${problems.join("; ")}.`, {
    details: { package: name, problems },
  });
}
