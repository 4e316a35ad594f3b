import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { z } from "zod";
import { contractVersion } from "../contract/contract-version.ts";
import type { EngineManifest } from "../contract/engine-manifest.ts";
import { checkOf, type JsonSchema } from "../contract/json-schema.ts";
import { ModelError, toModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import { type PluginManifest, pluginManifestSchema } from "../contract/plugin-manifest.ts";
import { describeIssues, didYouMean, plainWords } from "../contract/schema-issue.ts";
import { isAbsent, systemError } from "../contract/system-error.ts";
import type { PluginPackage } from "./discovery.ts";
import { engineOf } from "./engine-of.ts";
import type { GivenPlugin } from "./given-plugins.ts";
import { findPackage, isRecord, parsePackageJson, readJson } from "./installed-package.ts";
import { danglingArtifacts } from "./named-artifacts.ts";

/** What a kit says of one modality. */
interface Modality {
  readonly kit: string;
  readonly schema: JsonSchema;
  readonly check: z.ZodType;
}

/** A spec whose words are known, with the defaults of its preprocessing. */
export interface SettledSpec {
  readonly spec: ModelSpec;
  /** Undefined for a model that its plugin computes, and where no engine could be read: its load says so. */
  readonly engine: EngineManifest | undefined;
}

/** The words that specs of a plugin's models may use: those of the engines and kits that its package depends on. */
export class PluginVocabulary {
  readonly plugin: string;
  readonly #engines: readonly EngineManifest[];
  /** True where an engine that the plugin names cannot be read: what it would have is not known. */
  readonly #isIncomplete: boolean;
  readonly #modalities: ReadonlyMap<string, Modality>;

  private constructor(
    plugin: string,
    engines: readonly (EngineManifest | undefined)[],
    modalities: ReadonlyMap<string, Modality>,
  ) {
    this.plugin = plugin;
    this.#engines = engines.filter((engine) => engine !== undefined);
    this.#isIncomplete = engines.includes(undefined);
    this.#modalities = modalities;
  }

  /**
   * Reads the package.json of each engine and kit, and the kits' schemas; runs nothing.
   * @throws `plugin_invalid` for an engine that does not declare itself, and for a kit whose schema cannot be used
   */
  static async of(plugin: PluginPackage): Promise<PluginVocabulary> {
    const [engines, modalities] = await Promise.all([
      Promise.all(plugin.manifest.engines.map((name) => engineManifest(name, plugin))),
      modalitiesOf(plugin),
    ]);
    return new PluginVocabulary(plugin.name, engines, modalities);
  }

  /** The same of a plugin that an application gave: packages are those that the application depends on. What an engine that was given as well has, it does not say. */
  static async ofGiven({ plugin, folder }: GivenPlugin): Promise<PluginVocabulary> {
    const { name, inCode } = plugin;
    const dir = (await folderOfPackage(folder)) ?? folder;
    const own = { name, version: "", dir, manifest: { contract: contractVersion, engines: [] } };
    const [engines, modalities] = await Promise.all([
      Promise.all(
        (inCode.engines ?? []).map((engine) => (typeof engine === "string" ? engineManifest(engine, own) : undefined)),
      ),
      modalitiesOf(own),
    ]);
    return new PluginVocabulary(name, engines, modalities);
  }

  /**
   * Holds a spec to what is installed.
   * @throws `unsupported_engine`, `unsupported_runtime`, `unsupported_device` or `model_spec_invalid`, with the nearest word
   */
  settle(spec: ModelSpec, file: string): SettledSpec {
    const engine = this.#isIncomplete && !this.#knows(spec) ? undefined : engineOf(spec, this.#engines, this.plugin);
    return { spec: { ...spec, preprocessing: this.#preprocessing(spec, file) }, engine };
  }

  #knows({ engine: word }: ModelSpec): boolean {
    return word === "js" || this.#engines.some(({ name, takes }) => name === word || takes.includes(word));
  }

  #preprocessing(spec: ModelSpec, file: string): ModelSpec["preprocessing"] {
    const problems: string[] = [];
    const settled = Object.entries(spec.preprocessing).map(([name, part]) => {
      const modality = this.#modalities.get(name);
      if (modality === undefined) {
        problems.push(this.#unknownModality(name));
        return [name, part] as const;
      }
      const { check, schema } = modality;
      const result = check.safeParse(part, { error: plainWords });
      const where = `preprocessing.${name}`;
      if (!result.success) problems.push(...describeIssues(check, result.error, { within: where }));
      else problems.push(...danglingArtifacts(schema, part, where, spec));
      return [name, result.data ?? part] as const;
    });
    if (problems.length === 0) return Object.fromEntries(settled) as ModelSpec["preprocessing"];
    throw new ModelError("model_spec_invalid", `${file} is not a valid ModelSpec: ${problems.join("; ")}.`, {
      model: spec.model_name,
      details: { file, problems },
    });
  }

  #unknownModality(name: string): string {
    const known = [...this.#modalities].map(([modality, { kit }]) => `${modality} (${kit})`);
    if (known.length === 0)
      return `"preprocessing.${name}" is described by no kit: ${this.plugin} depends on none. Declare it in the plugin's own menagerie.kit`;
    const hint = didYouMean(name, [...this.#modalities.keys()]);
    return `"preprocessing.${name}" is described by no kit that ${this.plugin} depends on (known: ${known.join(", ")})${hint === "" ? "" : `. ${hint}`}`;
  }
}

/** Undefined where it is not installed: a load says so, with the remedy. */
async function engineManifest(name: string, plugin: PluginPackage): Promise<EngineManifest | undefined> {
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
function manifestOf(json: Readonly<Record<string, unknown>>, dir: string): PluginManifest | undefined {
  if (json.menagerie === undefined) return undefined;
  const { name } = parsePackageJson(json, dir);
  const result = pluginManifestSchema.safeParse(json.menagerie, { error: plainWords });
  if (result.success) return result.data;
  const problems = describeIssues(pluginManifestSchema, result.error);
  throw new ModelError("plugin_invalid", `The "menagerie" field of ${name} is not valid: ${problems.join("; ")}.`, {
    details: { package: name, problems },
  });
}

/** By name; of the plugin itself, of the kits it depends on, and of those that these depend on. */
async function modalitiesOf(plugin: PluginPackage): Promise<Map<string, Modality>> {
  const found = new Map<string, Modality>();
  const seen = new Set<string>();
  let wave = [plugin.dir];
  while (wave.length > 0) {
    const read = await Promise.all(wave.map((dir) => kitIn(dir, plugin)));
    // What stands nearer to the plugin describes a modality that a kit further off describes too.
    const nearer = new Set(found.keys());
    for (const { name: kit, parts } of read)
      for (const [modality, part] of parts) {
        if (nearer.has(modality)) continue;
        const other = found.get(modality);
        if (other !== undefined) throw twoKits(plugin.name, modality, other.kit, kit);
        found.set(modality, { kit, ...part });
      }
    const next = new Set(read.flatMap(({ needs }) => needs).filter((dir) => !seen.has(dir)));
    for (const dir of next) seen.add(dir);
    wave = [...next];
  }
  return found;
}

function twoKits(plugin: string, modality: string, one: string, other: string): ModelError {
  return new ModelError(
    "plugin_invalid",
    `${one} and ${other}, which ${plugin} depends on, both describe "preprocessing.${modality}". Depend on one of them.`,
    { details: { plugin, modality, kits: [one, other] } },
  );
}

interface KitInFolder {
  readonly name: string;
  readonly parts: readonly (readonly [string, Omit<Modality, "kit">])[];
  /** Folders of the packages it depends on which have to do with zoos. */
  readonly needs: readonly string[];
}

async function kitIn(dir: string, plugin: PluginPackage): Promise<KitInFolder> {
  const file = await readJson(join(dir, "package.json"));
  // An application need not have a name, nor a package.json.
  const json = parsePackageJson(dir === plugin.dir ? { name: plugin.name, ...file } : file, dir);
  // The plugin's own manifest has been judged already.
  const manifest = dir === plugin.dir ? plugin.manifest : manifestOf(file ?? {}, dir);
  const parts = Object.entries(manifest?.kit?.preprocessing ?? {}).map(
    async ([modality, path]) => [modality, await readSchema(join(dir, path), `${json.name}, ${path}`)] as const,
  );
  const names = Object.keys({ ...json.dependencies, ...json.peerDependencies, ...json.optionalDependencies });
  const needs = manifest === undefined ? [] : names.map((name) => folderOfKit(name, dir));
  return {
    name: json.name,
    parts: await Promise.all(parts),
    needs: (await Promise.all(needs)).filter((folder) => folder !== undefined),
  };
}

/** The folder of a package.json that is in this folder or above it. */
async function folderOfPackage(folder: string): Promise<string | undefined> {
  for (let dir = folder; ; dir = dirname(dir)) {
    if ((await readJson(join(dir, "package.json"))) !== undefined) return dir;
    if (dirname(dir) === dir) return undefined;
  }
}

/** Where a package lies that a kit could be. What may not be read, a load tells of. */
async function folderOfKit(name: string, from: string): Promise<string | undefined> {
  try {
    const dir = await findPackage(name, from);
    const json = dir === undefined ? undefined : await readJson(join(dir, "package.json"));
    return isRecord(json?.menagerie) && json.menagerie.kit !== undefined ? dir : undefined;
  } catch {
    return undefined;
  }
}

const known = new Map<string, { readonly text: string; readonly part: Omit<Modality, "kit"> }>();

async function readSchema(file: string, where: string): Promise<Omit<Modality, "kit">> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    if (!isAbsent(cause))
      throw systemError(`${where} cannot be read`, cause, { code: "plugin_invalid", details: { file } });
    throw new ModelError("plugin_invalid", `${where} is not there, though the package's menagerie.kit names it.`, {
      details: { file },
      cause,
    });
  });
  const before = known.get(file);
  if (before?.text === text) return before.part;
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (cause) {
    throw toModelError(new Error(`${where} is no JSON: ${(cause as Error).message}`), "plugin_invalid");
  }
  if (!isRecord(schema)) throw new ModelError("plugin_invalid", `${where} holds no schema.`, { details: { file } });
  const part = { schema, check: checkOf(schema, where) };
  known.set(file, { text, part });
  return part;
}
