import { dirname, relative } from "node:path";
import { loaderName } from "../contract/loader-name.ts";
import { ModelError } from "../contract/model-error.ts";
import type { LockedPlugin } from "../lock/zoo-lock.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { type PluginPackage, requirePlugin } from "./discovery.ts";
import type { GivenPlugins } from "./given-plugins.ts";
import { installRemedy } from "./installed-name.ts";
import { findPackage, readPackageJson } from "./installed-package.ts";
import { packageDigest } from "./package-digest.ts";

/**
 * Finds what is locked beside a model's files: its plugin, the engines of that, the kit whose loader it names, and the package
 * that carries its spec, as they are installed.
 */
export class PackagesBehind {
  readonly #packages: readonly PluginPackage[];
  readonly #given: GivenPlugins;
  readonly #appDir: string;
  readonly #digests = new Map<string, Promise<string>>();

  /** What was digested once stays: it is for one look at many models. */
  constructor(packages: readonly PluginPackage[], given: GivenPlugins, appDir: string) {
    this.#packages = packages;
    this.#given = given;
    this.#appDir = appDir;
  }

  /** In the order of their names. @throws `dependency_missing`, `plugin_invalid`; what reading their files throws */
  async of({ plugin: name, file, spec }: CatalogueEntry): Promise<readonly LockedPlugin[]> {
    const given = this.#given.find(name);
    const { kit } = loaderName(spec.loader);
    const kits = kit === undefined ? [] : [kit];
    if (given !== undefined) {
      const { version } = (await given.modules()).plugin;
      const engines = (given.plugin.inCode.engines ?? []).filter((engine) => typeof engine === "string");
      return inOrder([{ plugin: name, version }, ...(await this.#installed([...engines, ...kits], given.folder))]);
    }
    const known = this.#packages.find((plugin) => plugin.name === name);
    const found = known ?? (await requirePlugin(name, [dirname(file), this.#appDir]));
    const carrier = this.#packages.find(({ dir }) => !relative(dir, file).startsWith(".."));
    const own = [found, ...(carrier === undefined ? [] : [carrier])].map(async ({ name: plugin, version, dir }) => ({
      ...{ plugin, version, digest: await this.#digestOf(dir) },
    }));
    return inOrder([
      ...(await Promise.all(own)),
      ...(await this.#installed([...found.manifest.engines, ...kits], found.dir)),
    ]);
  }

  async #installed(names: readonly string[], from: string): Promise<LockedPlugin[]> {
    const found = [...new Set(names)].map(async (name): Promise<LockedPlugin> => {
      const dir = await findPackage(name, from);
      if (dir === undefined)
        throw new ModelError(
          "dependency_missing",
          `${name}, which ${from} needs, is not installed. ${await installRemedy(name, [from])}`,
          { details: { package: name, from } },
        );
      const { name: plugin, version } = await readPackageJson(dir);
      return { plugin, version, digest: await this.#digestOf(dir) };
    });
    return Promise.all(found);
  }

  #digestOf(dir: string): Promise<string> {
    const known = this.#digests.get(dir) ?? packageDigest(dir);
    this.#digests.set(dir, known);
    return known;
  }
}

function inOrder(packages: readonly LockedPlugin[]): readonly LockedPlugin[] {
  const byName = new Map(packages.map((each) => [each.plugin, each]));
  return [...byName.values()].sort((a, b) => (a.plugin < b.plugin ? -1 : 1));
}
