import { realpath } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { PackageVersions } from "../contract/recipe.ts";
import type { ModuleReference } from "../runner/runner.ts";
import { findPackage, type PackageJson, packageAround, readPackageJson } from "./installed-package.ts";

/** Stands for the version of a package whose package.json cannot be read. */
const unreadable = "unreadable";

/** An installed copy of a package. */
interface Copy {
  readonly name: string;
  readonly version: string;
  readonly needs: readonly string[];
  /** `name@version` of the packages that use it. */
  readonly usedBy: Set<string>;
}

/** The versions of all that a runner has which imports these modules: core, their packages, and what those depend on. */
export async function versionsBehind(modules: readonly ModuleReference[]): Promise<PackageVersions> {
  const own = packageAround(fileURLToPath(import.meta.url), "@menagerie/core");
  const folders = await Promise.all([own, ...modules.map(({ entry, name }) => packageAround(entry, name))]);
  return packageVersions(folders.filter((folder) => folder !== undefined));
}

/**
 * Versions of the packages in these folders and of all installed packages that they depend on: dependencies, peers and
 * optional ones. Reads package.json files and runs nothing. Where the files lie does not matter, nor in which order.
 * What is not installed is left out, what cannot be read is `unreadable`: a runner that needs it says so itself.
 * @returns sorted by name. Of a package in several versions: each, and the packages that use it, as `name@version`
 */
export async function packageVersions(folders: readonly string[]): Promise<PackageVersions> {
  const copies = new Map<string, Copy>();
  let wave = await Promise.all(folders.map(async (folder) => ({ folder: await realFolder(folder), name: "", by: "" })));
  while (wave.length > 0) {
    const fresh = new Map(wave.filter(({ folder }) => !copies.has(folder)).map((found) => [found.folder, found.name]));
    await Promise.all([...fresh].map(async ([folder, name]) => copies.set(folder, await readCopy(folder, name))));
    for (const { folder, by } of wave) if (by !== "") copies.get(folder)?.usedBy.add(by);
    wave = (await Promise.all([...fresh.keys()].map((folder) => neededBy(folder, copies.get(folder))))).flat();
  }
  return byName([...copies.values()]);
}

async function readCopy(folder: string, name: string): Promise<Copy> {
  const json = await readPackageJson(folder).catch(() => undefined);
  if (json === undefined) return { name: name || basename(folder), version: unreadable, needs: [], usedBy: new Set() };
  return { name: json.name, version: json.version, needs: namesIn(json), usedBy: new Set() };
}

function namesIn({ dependencies, peerDependencies, optionalDependencies }: PackageJson): string[] {
  return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
}

async function neededBy(
  folder: string,
  copy: Copy | undefined,
): Promise<{ folder: string; name: string; by: string }[]> {
  if (copy === undefined) return [];
  const by = `${copy.name}@${copy.version}`;
  const found = copy.needs.map(async (name) => {
    // What may not be reached cannot be loaded either: the runner that needs it says so.
    const needed = await findPackage(name, folder).catch(() => undefined);
    return needed === undefined ? [] : [{ folder: await realFolder(needed), name, by }];
  });
  return (await Promise.all(found)).flat();
}

/** A package that is reached over several links is one. */
function realFolder(folder: string): Promise<string> {
  return realpath(folder).catch(() => folder);
}

function byName(copies: readonly Copy[]): PackageVersions {
  const names = [...new Set(copies.map(({ name }) => name))].sort();
  return Object.fromEntries(
    names.map((name) => {
      const own = copies.filter((copy) => copy.name === name);
      const versions = [...new Set(own.map(({ version }) => version))].sort();
      const [only] = versions;
      if (only !== undefined && versions.length === 1) return [name, only];
      const users = (version: string): string[] => [
        ...new Set(own.filter((copy) => copy.version === version).flatMap(({ usedBy }) => [...usedBy])),
      ];
      return [name, Object.fromEntries(versions.map((version) => [version, users(version).sort()]))];
    }),
  );
}
