import { access, readdir, realpath } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { contractVersion } from "../contract/contract-version.ts";
import { ModelError, toModelError, withDetails } from "../contract/model-error.ts";
import { type PluginManifest, pluginManifestSchema } from "../contract/plugin-manifest.ts";
import { describeIssues, plainWords } from "../contract/schema-issue.ts";
import { systemError } from "../contract/system-error.ts";
import type { EngineReference, ModuleReference } from "../runner/runner.ts";
import { installRemedy } from "./installed-name.ts";
import { findPackage, isRecord, type PackageJson, parsePackageJson, readJson } from "./installed-package.ts";
import { packageEntry } from "./package-entry.ts";

/** A package that says in its package.json that it is a plugin. Nothing of it has been run. */
export interface PluginPackage {
  readonly name: string;
  readonly version: string;
  readonly dir: string;
  readonly manifest: PluginManifest;
}

export interface Discovery {
  readonly plugins: readonly PluginPackage[];
  /** What could not be read; the plugins beside it are not affected. */
  readonly problems: readonly ModelError[];
}

/**
 * The plugins among an application's own dependencies, and those named besides. What is named stands for the dependency of
 * its name: a working copy is used instead of what is installed.
 * @param appDir folder of the application's package.json.
 * @param extra npm names or folders; one that is not there or is no plugin is a problem, and so are two of one name.
 */
export async function discoverPlugins(appDir: string, extra: readonly string[] = []): Promise<Discovery> {
  const plugins = new Map<string, PluginPackage>();
  const problems: ModelError[] = [];
  const note = (name: string, error: unknown): unknown =>
    problems.push(withDetails(toModelError(error, "plugin_invalid"), { plugin: name }));
  const own = await dependenciesOf(appDir).catch((error: unknown) => {
    problems.push(toModelError(error, "plugin_invalid"));
    return [];
  });
  await requireFolders(appDir).catch((error: unknown) => problems.push(toModelError(error)));
  const asked = [...new Set(extra)];
  const found = own.filter((name) => !asked.includes(name));
  const [installed, named] = await Promise.all([
    Promise.allSettled(found.map((name) => readPlugin(name, appDir))),
    Promise.allSettled(asked.map((name) => requirePlugin(name, [appDir]))),
  ]);
  // In their order, whichever was read first: what was named replaces what is installed.
  for (const [i, read] of installed.entries()) {
    if (read.status === "rejected") note(found[i] ?? "", read.reason);
    else if (read.value !== undefined) plugins.set(read.value.name, read.value);
  }
  const taken = new Map<string, PluginPackage>();
  for (const [i, read] of named.entries()) {
    if (read.status === "rejected") {
      note(asked[i] ?? "", read.reason);
      continue;
    }
    const { name, dir } = read.value;
    const other = taken.get(name);
    if (other === undefined) {
      taken.set(name, read.value);
      plugins.set(name, read.value);
    } else if (!(await areOneFolder(other.dir, dir))) note(name, twoOfOneName(name, other.dir, dir));
  }
  return { plugins: [...plugins.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), problems };
}

async function areOneFolder(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((dir) => realpath(dir).catch(() => dir)));
  return a === b;
}

function twoOfOneName(name: string, used: string, other: string): ModelError {
  return new ModelError(
    "plugin_invalid",
    `The plugin ${name} is named twice, in ${used} and in ${other}. The first is used: leave one of them out of "plugins".`,
    { details: { plugin: name, folders: [used, other] } },
  );
}

/** Yarn Plug'n'Play keeps packages in archives that are nowhere as folders, so nothing would be found. @throws `plugin_invalid` */
async function requireFolders(appDir: string): Promise<void> {
  for (let dir = resolve(appDir); ; dir = dirname(dir)) {
    if ((await holdsPackages(join(dir, "node_modules"))) || dirname(dir) === dir) return;
    const isPnp = await access(join(dir, ".pnp.cjs")).then(
      () => true,
      () => false,
    );
    if (!isPnp) continue;
    throw new ModelError(
      "plugin_invalid",
      `${dir} is installed by Yarn Plug'n'Play, which leaves no folders in which plugins, engines and models could be found. ` +
        'Write "nodeLinker: node-modules" into .yarnrc.yml, and run yarn install.',
      { details: { folder: dir } },
    );
  }
}

/** Build tools keep caches in such a folder, `.cache` for one, where nobody installed anything. */
async function holdsPackages(modules: string): Promise<boolean> {
  const names = await readdir(modules).catch(() => []);
  return names.some((name) => !name.startsWith("."));
}

/** Names of what an application depends on; none where it has no package.json. It need not have a name itself. */
async function dependenciesOf(appDir: string): Promise<string[]> {
  const json = await readJson(join(appDir, "package.json"));
  if (json === undefined) {
    await access(appDir).catch((cause: unknown) => {
      const options = { code: "plugin_invalid", details: { folder: appDir } } as const;
      throw systemError(`The folder of the application ${appDir} cannot be read`, cause, options);
    });
  }
  const kinds = ["devDependencies", "optionalDependencies", "dependencies"].map((kind) => json?.[kind]);
  return [...new Set(kinds.flatMap((kind) => (isRecord(kind) ? Object.keys(kind) : [])))];
}

/** The plugin of that name, seen from the first of these folders that has it. @throws `plugin_invalid` if none is one */
export async function requirePlugin(name: string, folders: readonly string[]): Promise<PluginPackage> {
  for (const from of folders) {
    const plugin = await readPlugin(name, from);
    if (plugin !== undefined) return plugin;
  }
  throw new ModelError(
    "plugin_invalid",
    `${name} is not installed where ${folders.join(" or ")} could find it, or it is no plugin: its package.json has no ` +
      `"menagerie" field. ${await installRemedy(name, folders)}`,
    { details: { plugin: name, folders } },
  );
}

/** The plugin of that name or in that folder, as seen from `from`; undefined for a package that is none or not there. */
async function readPlugin(name: string, from: string): Promise<PluginPackage | undefined> {
  const dir = await findPackage(name, from);
  const json = dir === undefined ? undefined : await readPluginJson(dir);
  if (dir === undefined || json === undefined) return undefined;
  return { name: json.name, version: json.version, dir, manifest: parseManifest(json) };
}

function parseManifest(json: PackageJson): PluginManifest {
  const result = pluginManifestSchema.safeParse(json.menagerie, { error: plainWords });
  const details = { plugin: json.name };
  if (!result.success) {
    const problems = describeIssues(pluginManifestSchema, result.error);
    throw new ModelError(
      "plugin_invalid",
      `The "menagerie" field of ${json.name} is not valid: ${problems.join("; ")}.`,
      { details: { ...details, problems } },
    );
  }
  if (result.data.contract === contractVersion) return result.data;
  const newer = result.data.contract > contractVersion;
  throw new ModelError(
    "contract_mismatch",
    `${json.name} was built for contract ${result.data.contract}, this zoo speaks contract ${contractVersion}. ` +
      (newer
        ? "Update @menagerie/core, or install an older version of the plugin."
        : "Install a newer version of the plugin."),
    { details: { ...details, plugin_contract: result.data.contract, zoo_contract: contractVersion } },
  );
}

/** Undefined where there is none, or it is no plugin's: what other packages write into theirs is not ours to judge. */
async function readPluginJson(dir: string): Promise<PackageJson | undefined> {
  const json = await readJson(join(dir, "package.json"));
  return json?.menagerie === undefined ? undefined : parsePackageJson(json, dir);
}

/** What a runner imports for a plugin: its own module, and those of the engines among its dependencies. */
export async function pluginModules(
  plugin: PluginPackage,
): Promise<{ plugin: ModuleReference; engines: EngineReference[] }> {
  return { plugin: await moduleReference(plugin.dir, plugin.dir), engines: await engineModules(plugin) };
}

export function engineModules({ manifest, dir }: PluginPackage): Promise<EngineReference[]> {
  return Promise.all(manifest.engines.map((engine) => engineReference(engine, dir)));
}

export async function engineReference(name: string, from: string): Promise<EngineReference> {
  const { reference, menagerie } = await resolvedModule(name, from, "");
  // One that declares nothing is refused when a spec asks for it.
  const manifest = pluginManifestSchema.safeParse(menagerie);
  return { ...reference, opens: manifest.data?.engine?.opens };
}

/**
 * The file that a package's `exports` give, seen from a folder that depends on it.
 * @param subpath of the exports: "/loaders"
 */
export async function moduleReference(name: string, from: string, subpath = ""): Promise<ModuleReference> {
  return (await resolvedModule(name, from, subpath)).reference;
}

async function resolvedModule(
  name: string,
  from: string,
  subpath: string,
): Promise<{ reference: ModuleReference; menagerie: unknown }> {
  // What may not be read is said as that: installing it again would not help.
  const dir = await findPackage(name, from);
  const file = dir === undefined ? undefined : await readJson(join(dir, "package.json"));
  if (dir === undefined)
    throw new ModelError(
      "dependency_missing",
      `${name}${subpath}, which ${from} needs, is not installed. ${await installRemedy(name, [from])}`,
      { details: { package: name, from } },
    );
  const { menagerie, ...json } = parsePackageJson(file, dir);
  const entry = await packageEntry({ dir, name: json.name, exports: file?.exports, subpath });
  return { reference: { name: json.name, version: json.version, entry }, menagerie };
}
