import { PluginRegistry } from "../runner/plugin-registry.ts";
import { discoverPlugins, pluginModules } from "./discovery.ts";

/**
 * Version of each engine that an application's plugins name, by the provider's name. Imports the engines' packages, whose
 * native libraries stay unloaded until a model is opened. An engine that cannot be imported is left out.
 */
export async function engineVersions(appDir: string): Promise<Readonly<Record<string, string>>> {
  const { plugins } = await discoverPlugins(appDir);
  const registry = new PluginRegistry();
  for (const plugin of plugins) {
    const modules = await pluginModules(plugin).catch(() => undefined);
    for (const engine of modules?.engines ?? []) await registry.addEngines([engine]).catch(() => {});
  }
  const versions = registry.providers.map(async ({ name, engineVersion }) => [name, await engineVersion()] as const);
  return Object.fromEntries(
    (await Promise.allSettled(versions)).flatMap((known) => (known.status === "fulfilled" ? [known.value] : [])),
  );
}
