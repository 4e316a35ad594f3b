import { dirname, join } from "node:path";
import { contractVersion } from "../contract/contract-version.ts";
import type { EngineManifest } from "../contract/engine-manifest.ts";
import { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import { describeIssues, nearest, plainWords } from "../contract/schema-issue.ts";
import { engineManifest } from "./declared-engine.ts";
import type { PluginPackage } from "./discovery.ts";
import { engineOf } from "./engine-of.ts";
import type { GivenPlugin } from "./given-plugins.ts";
import { readJson } from "./installed-package.ts";
import { type Modality, modalitiesOf } from "./kit-modalities.ts";
import { danglingArtifacts } from "./named-artifacts.ts";

/** A spec whose words are known, with the defaults of its preprocessing. */
export interface SettledSpec {
  readonly spec: ModelSpec;
  /** Undefined for a model that its plugin computes, and where no engine could be read: its load says so. */
  readonly engine: EngineManifest | undefined;
}

/** The words that specs of a plugin's models may use: those of the engines and kits that its package depends on. */
export class PluginVocabulary {
  readonly plugin: string;
  /** Folder of the plugin's package; undefined for one that an application gave. */
  readonly dir: string | undefined;
  readonly #engines: readonly EngineManifest[];
  /** True where an engine that the plugin names cannot be read: what it would have is not known. */
  readonly #isIncomplete: boolean;
  readonly #modalities: ReadonlyMap<string, Modality>;

  private constructor(
    plugin: string,
    engines: readonly (EngineManifest | undefined)[],
    modalities: ReadonlyMap<string, Modality>,
    dir?: string,
  ) {
    this.plugin = plugin;
    this.dir = dir;
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
    return new PluginVocabulary(plugin.name, engines, modalities, plugin.dir);
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
    const near = nearest(name, [...this.#modalities.keys()]);
    const hint = near === undefined ? `known: ${known.join(", ")}` : `did you mean "${near}"?`;
    return `"preprocessing.${name}" is described by no kit that ${this.plugin} depends on (${hint})`;
  }
}

/** The folder of a package.json that is in this folder or above it. */
async function folderOfPackage(folder: string): Promise<string | undefined> {
  for (let dir = folder; ; dir = dirname(dir)) {
    if ((await readJson(join(dir, "package.json"))) !== undefined) return dir;
    if (dirname(dir) === dir) return undefined;
  }
}
