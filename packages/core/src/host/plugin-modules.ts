import { dirname } from "node:path";
import { loaderName } from "../contract/loader-name.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { engineModules, moduleReference, type PluginPackage, pluginModules, requirePlugin } from "./discovery.ts";
import type { GivenPlugins } from "./given-plugins.ts";
import type { ModelModules } from "./model-modules.ts";

/** Finds the modules behind models: of packages, of kits whose loaders they name, and of what is given in code. */
export class PluginModules {
  readonly #packages: readonly PluginPackage[];
  readonly #given: GivenPlugins;
  readonly #appDir: string;

  constructor(packages: readonly PluginPackage[], given: GivenPlugins, appDir: string) {
    this.#packages = packages;
    this.#given = given;
    this.#appDir = appDir;
  }

  /** @throws `dependency_missing` for what is not installed, `plugin_invalid` for a plugin that nobody knows */
  async of({ plugin: name, file, spec }: CatalogueEntry): Promise<ModelModules> {
    const given = this.#given.find(name);
    const { kit } = loaderName(spec.loader);
    if (given !== undefined) {
      const modules = await given.modules();
      return kit === undefined ? modules : { ...modules, plugin: await moduleReference(kit, given.folder, "/loaders") };
    }
    const known = this.#packages.find((plugin) => plugin.name === name);
    const found = known ?? (await requirePlugin(name, [dirname(file), this.#appDir]));
    if (kit === undefined) return pluginModules(found);
    return { plugin: await moduleReference(kit, found.dir, "/loaders"), engines: await engineModules(found) };
  }
}
