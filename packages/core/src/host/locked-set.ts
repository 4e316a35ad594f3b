import type { ReadingOptions } from "../files/artifact-store.ts";
import {
  type LockedModel,
  type LockedPlugin,
  withLockedModel,
  withLockedPlugin,
  type ZooLock,
} from "../lock/zoo-lock.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { areSameFiles, lockModel } from "./lock-model.ts";
import { ArtifactFoldersToken, CatalogueToken, InstalledPackagesToken } from "./services.ts";

/** What a lock has of one model: its files, and the packages that run it. */
export interface LockedSet {
  readonly model: LockedModel;
  readonly plugins: readonly LockedPlugin[];
}

/**
 * Reads the files of a model and of the packages behind it, as they lie there. Nothing is fetched or loaded.
 * @param zoo one that ignores its lock, so that specs are as they are declared
 * @throws `model_not_found`; `weights_*` for what is not there, or is not what the spec pins
 */
export async function lockedSet(zoo: LocalZoo, nameOrRole: string, reading: ReadingOptions = {}): Promise<LockedSet> {
  const entry = zoo.service(CatalogueToken).find(nameOrRole);
  const root = zoo.service(ArtifactFoldersToken).folderOf(entry);
  const model = await lockModel(entry.spec, root, reading);
  return { model, plugins: await zoo.service(InstalledPackagesToken).look().of(entry) };
}

/** The lock with these models and packages. Where a model's files are those that it has already, what it says of their origin stays. */
export function withLockedSets(lock: ZooLock, sets: readonly LockedSet[]): ZooLock {
  return sets.reduce((all, { model, plugins }) => {
    const before = all.models.find((each) => each.model === model.model);
    const kept = before !== undefined && areSameFiles(before, model) ? before : model;
    return plugins.reduce(withLockedPlugin, withLockedModel(all, kept));
  }, lock);
}

/** What differs from the lock, in words; empty where nothing does, or the lock has nothing of it. */
export function changesOf(lock: ZooLock, { model, plugins }: LockedSet): readonly string[] {
  const before = lock.models.find((each) => each.model === model.model);
  const files = (before?.artifacts ?? []).flatMap((was) => {
    const is = model.artifacts.find(({ name }) => name === was.name);
    if (is === undefined) return [`the artifact "${was.name}" is no more`];
    if (is.path !== was.path) return [`the artifact "${was.name}" was ${was.path}, and is ${is.path}`];
    return is.sha256 === was.sha256 ? [] : [`${was.path} was ${was.sha256}, and is ${is.sha256}`];
  });
  const known = new Set(before?.artifacts.map(({ name }) => name));
  const more = before === undefined ? [] : model.artifacts.filter(({ name }) => !known.has(name));
  const packages = plugins.flatMap((is) => {
    const was = lock.plugins.find(({ plugin }) => plugin === is.plugin);
    if (was === undefined || (was.version === is.version && was.digest === is.digest)) return [];
    return [
      was.version === is.version
        ? `${is.plugin} ${is.version} has other files`
        : `${is.plugin} was ${was.version}, and is ${is.version}`,
    ];
  });
  return [...files, ...more.map(({ name }) => `the artifact "${name}" is new`), ...packages];
}

/** What was found of a package behind models that the lock has. */
export interface CheckedPackage extends LockedPlugin {
  readonly state: "ok" | "changed" | "unlocked";
  /** Its version by the lock. */
  readonly locked_version?: string | undefined;
}

/** Holds the packages behind these models, as they are installed now, to a lock. Models that it has not are left out. */
export async function checkPackages(
  zoo: LocalZoo,
  lock: ZooLock,
  models: readonly string[],
): Promise<readonly CheckedPackage[]> {
  const look = zoo.service(InstalledPackagesToken).look();
  const locked = models.filter((model) => lock.models.some((each) => each.model === model));
  const entries = locked.map((model) => zoo.service(CatalogueToken).find(model));
  const found = (await Promise.all(entries.map((entry) => look.of(entry)))).flat();
  const packages = [...new Map(found.map((each) => [each.plugin, each])).values()];
  return packages
    .toSorted((a, b) => (a.plugin < b.plugin ? -1 : 1))
    .map((installed) => {
      const was = lock.plugins.find(({ plugin }) => plugin === installed.plugin);
      if (was === undefined) return { ...installed, state: "unlocked" };
      const isSame = was.version === installed.version && was.digest === installed.digest;
      return { ...installed, state: isSame ? "ok" : "changed", locked_version: was.version };
    });
}
