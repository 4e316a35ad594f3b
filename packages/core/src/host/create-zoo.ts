import { resolve } from "node:path";
import { ServiceContainer, type ServiceDefinition } from "../container/container.ts";
import type { Log } from "../contract/log.ts";
import { ModelError } from "../contract/model-error.ts";
import { isPlugin, type Plugin } from "../loader/plugin.ts";
import { isFrozenBy } from "../lock/frozen.ts";
import { emptyLock, lockFileOf, readZooLock, type ZooLock } from "../lock/zoo-lock.ts";
import { requireKnownOptions } from "../zoo/known-options.ts";
import { ArtifactFolders } from "./artifact-folders.ts";
import type { DeclaredMemory } from "./budgets.ts";
import { Catalogue } from "./catalogue.ts";
import { discoverPlugins } from "./discovery.ts";
import { defaultCacheDir, defaultModelsRoot } from "./folders.ts";
import { Freeze } from "./freeze.ts";
import { GivenPlugin, GivenPlugins } from "./given-plugins.ts";
import { requireServices } from "./given-services.ts";
import { guardedLog } from "./guarded-log.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { PackagesBehind } from "./packages-behind.ts";
import { PluginModules } from "./plugin-modules.ts";
import { pluginTasks } from "./plugin-tasks.ts";
import { parseZooSpec, readZooSpec } from "./read-yaml.ts";
import { requireOwnNode, requirePlace } from "./require-place.ts";
import { RoleBindings } from "./role-bindings.ts";
import { LogToken, standardServices, ZooToken } from "./services.ts";
import { Vocabularies } from "./vocabularies.ts";
import { type ZooMembers, zooMembers } from "./zoo-members.ts";
import { inProfile, profileBy } from "./zoo-profile.ts";
import { startZoo, stopZoo, zooServices } from "./zoo-services.ts";
import type { ZooSpec, ZooSpecInput } from "./zoo-spec.ts";

export interface ZooOptions {
  /** The zoo spec; default: what `specFile` has, and without one all defaults. */
  readonly spec?: ZooSpecInput | undefined;
  /** Path of the zoo spec; relative paths in it start in its folder. */
  readonly specFile?: string | undefined;
  /** Folder whose package.json lists the plugins; default: the working folder. */
  readonly appDir?: string | undefined;
  /** Folder of models, before the zoo spec's own and `DP_MODELS_ROOT`. */
  readonly modelsRoot?: string | undefined;
  /** Plugins besides the application's dependencies: packages or folders to look for, and plugins themselves (`definePlugin`). */
  readonly plugins?: readonly (string | Plugin)[] | undefined;
  /** Folder for prepared forms. */
  readonly cacheDir?: string | undefined;
  readonly log?: Log | undefined;
  /** The profile of the zoo spec that is meant; default: what `MENAGERIE_PROFILE` names. */
  readonly profile?: string | undefined;
  /** Refuses what is outside of `zoo.lock`: models, files, versions of plugins. Default: what `MENAGERIE_FROZEN` says. */
  readonly frozen?: boolean | undefined;
  /** Takes every spec as it is declared, whatever the lock says: for what writes the lock. Default: false. */
  readonly ignoreLock?: boolean | undefined;
  /** Services to put in the place of standard ones, or beside them. */
  readonly services?: readonly ServiceDefinition[] | undefined;
}

const zooOptions: readonly (keyof ZooOptions)[] = [
  ...(["spec", "specFile", "appDir", "modelsRoot", "plugins", "cacheDir", "log", "services"] as const),
  ...(["profile", "frozen", "ignoreLock"] as const),
];

/** Puts a host together: the one place where its parts meet. Reads declarations; loads no model and runs no plugin. */
export async function createZoo(options: ZooOptions = {}): Promise<LocalZoo> {
  await requirePlace();
  requireKnownOptions(options, zooOptions, "createZoo", "zoo_spec_invalid");
  const services = requireServices(options.services);
  const appDir = resolve(options.appDir ?? ".");
  const specFile = resolve(options.specFile ?? resolve(appDir, "zoo.yaml"));
  // An object is cited as what it is: beside it lies no file.
  const where = options.specFile === undefined ? "The zoo spec" : specFile;
  const declared =
    options.spec === undefined && options.specFile !== undefined
      ? await readZooSpec(specFile)
      : parseZooSpec(options.spec ?? {}, "The zoo spec");
  const spec = inProfile(declared, options.profile ?? profileBy(process.env), where);
  requireOwnNode(spec.runner);
  const cacheDir = options.cacheDir === undefined ? defaultCacheDir() : resolve(options.cacheDir);
  const root = options.modelsRoot ?? spec.models_root;
  const modelsRoot =
    root === undefined ? defaultModelsRoot() : resolve(options.modelsRoot ?? resolve(specFile, "..", root));

  const given = new GivenPlugins();
  const plugins = requirePlugins(options.plugins);
  for (const plugin of plugins) if (isPlugin(plugin)) given.add(new GivenPlugin(plugin, appDir));
  const names = plugins.filter((plugin) => typeof plugin === "string");
  const found = await discoverPlugins(appDir, [...spec.plugins, ...names]);
  given.requireOwnNames(found.plugins);
  const { tasks, problems: unreadTasks } = await pluginTasks(found.plugins, given.all);
  const vocabularies = new Vocabularies(found.plugins, tasks, given);
  const lockFile = lockFileOf(specFile);
  const lock = options.ignoreLock === true ? emptyLock : await readZooLock(lockFile);
  const behind = (): PackagesBehind => new PackagesBehind(found.plugins, given, appDir);
  const isFrozen = options.frozen ?? (options.ignoreLock !== true && isFrozenBy(process.env));
  if (isFrozen) requireLock(lock, lockFile);
  const freeze = isFrozen ? new Freeze({ lock, file: lockFile }, behind) : undefined;
  const bindings = new RoleBindings(spec);
  const read = await Catalogue.read(found.plugins, vocabularies, given.all, bindings, lock, freeze);
  const unread = [...found.problems, ...unreadTasks, ...read.problems];
  const refused = [...unread, ...read.refused];
  read.catalogue.noteUnread(unread, refused);
  const members = await zooMembers(spec, { file: specFile, where }, read.catalogue, vocabularies);
  members.catalogue.noteUnread([...unread, ...members.problems], [...refused, ...members.problems]);
  const named = new Set([...spec.plugins, ...names]);
  const [ours, others] = parted(unread, (problem) => concerns(problem, spec, named, members));

  const container = new ServiceContainer();
  // Those of the application come first: what needs nothing starts before the zoo's own and stops after them.
  for (const service of services) container.register(service);
  const standard = [
    ...standardServices({ log: options.log, runner: spec.runner, memory: declaredMemory(spec), cacheDir }),
    ...zooServices({
      spec,
      tasks,
      vocabularies,
      members,
      given,
      modules: new PluginModules(found.plugins, given, appDir),
      problems: [...ours, ...members.problems],
      folders: new ArtifactFolders(modelsRoot),
      lock: lock.memory,
      freeze,
      behind,
      appDir,
      // A folder that was named for this very run stands above the one that a spec names for itself.
      addedRoot: options.modelsRoot === undefined ? undefined : modelsRoot,
      container,
    }),
  ];
  for (const service of standard) if (!container.has(service.token)) container.register(service);
  await container.start(stopZoo(container), startZoo(container));
  const log = guardedLog(container.resolve(LogToken));
  for (const { code, message } of others) log.warn("what this zoo does not use cannot be read", { code, message });
  return container.resolve(ZooToken);
}

function declaredMemory({ memory_mb: memory, memory_reserve_mb: reserve }: ZooSpec): DeclaredMemory {
  return { memory, reserve };
}

/** @throws `outside_lock` for a lock that is not there, and so has nothing in it */
function requireLock(lock: ZooLock, file: string): void {
  if (lock !== emptyLock) return;
  throw new ModelError(
    "outside_lock",
    `The zoo is frozen, and there is no lock at ${file}. Write it where the models are: \`zoo lock\`.`,
    { details: { lock: file } },
  );
}

/** @throws `plugin_invalid` for what is neither a name nor a plugin: it would be left out in silence */
function requirePlugins(plugins: unknown = []): readonly (string | Plugin)[] {
  if (!Array.isArray(plugins))
    throw new ModelError("plugin_invalid", `"plugins" is a list of npm names, folders and plugins.`);
  for (const [i, plugin] of plugins.entries()) {
    if (isPlugin(plugin) || (typeof plugin === "string" && plugin !== "")) continue;
    const hasDefault = isPlugin(Object(plugin)?.default);
    throw new ModelError(
      "plugin_invalid",
      `plugins[${i}] is neither the name of a package, nor a folder, nor a plugin. ` +
        (hasDefault ? "Give its default export." : "Make it a plugin: definePlugin({ name, loaders, models })."),
      { details: { index: i } },
    );
  }
  return plugins as readonly (string | Plugin)[];
}

/** Whether a plugin or spec that could not be read is one that the zoo uses: each is, where it serves all that there are. */
function concerns(problem: ModelError, spec: ZooSpec, named: ReadonlySet<string>, members: ZooMembers): boolean {
  const { plugin } = problem.details;
  if (spec.models === undefined || typeof plugin !== "string" || named.has(plugin)) return true;
  return members.catalogue.entries.some((entry) => entry.plugin === plugin);
}

function parted<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
