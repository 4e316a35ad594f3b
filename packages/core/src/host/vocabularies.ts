import type { ModelSpec } from "../contract/model-spec.ts";
import { TaskRegistry } from "../tasks/task-registry.ts";
import { type PluginPackage, requirePlugin } from "./discovery.ts";
import { GivenPlugins } from "./given-plugins.ts";
import { requireKnownTasks } from "./known-tasks.ts";
import { addPluginTasks } from "./plugin-tasks.ts";
import { PluginVocabulary, type SettledSpec } from "./plugin-vocabulary.ts";
import { aboutUnnamedEngine } from "./unnamed-engine.ts";

/** The vocabulary of each plugin of a zoo, read when a spec first asks for it. */
export class Vocabularies {
  readonly #plugins: ReadonlyMap<string, PluginPackage>;
  readonly #tasks: TaskRegistry;
  readonly #reading = new Map<string, Promise<PluginVocabulary | undefined>>();
  readonly #read = new Map<string, PluginVocabulary>();

  readonly #given: GivenPlugins;

  /**
   * @param tasks those that the zoo knows; default: core's own
   * @param given plugins that the application itself gave; default: none
   */
  constructor(
    plugins: readonly PluginPackage[],
    tasks: TaskRegistry = new TaskRegistry(),
    given: GivenPlugins = new GivenPlugins(),
  ) {
    this.#tasks = tasks;
    this.#given = given;
    this.#plugins = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  }

  /**
   * Holds a spec to the tasks that the zoo knows and to the words of the plugin that has its loader. A plugin that is not installed says nothing: the model's
   * load does.
   * @param folders from which the plugin is looked for where it is not among the zoo's
   * @throws `model_spec_invalid` for a task that is unknown, `plugin_invalid` for one that cannot be read; as `PluginVocabulary.settle`, and what is wrong with the plugin's engines and kits
   */
  async settle(spec: ModelSpec, file: string, plugin: string, folders: readonly string[] = []): Promise<SettledSpec> {
    const vocabulary = await this.#of(plugin, folders);
    requireKnownTasks(spec, this.#tasks, file, plugin);
    try {
      return vocabulary?.settle(spec, file) ?? { spec, engine: undefined };
    } catch (error) {
      throw vocabulary?.dir === undefined ? error : await aboutUnnamedEngine(error, spec, plugin, vocabulary.dir);
    }
  }

  /** The same by what has been read before; a spec of another plugin stays as it is. */
  settleKnown(spec: ModelSpec, file: string, plugin: string): SettledSpec {
    requireKnownTasks(spec, this.#tasks, file, plugin);
    return this.#read.get(plugin)?.settle(spec, file) ?? { spec, engine: undefined };
  }

  #of(name: string, folders: readonly string[]): Promise<PluginVocabulary | undefined> {
    const known = this.#reading.get(name);
    if (known !== undefined) return known;
    const plugin = this.#plugins.get(name);
    const isGiven = this.#given.find(name) !== undefined;
    if (plugin === undefined && !isGiven && folders.length === 0) return Promise.resolve(undefined);
    const reading = this.#vocabularyOf(plugin, name, folders);
    this.#reading.set(name, reading);
    return reading;
  }

  async #vocabularyOf(
    plugin: PluginPackage | undefined,
    name: string,
    folders: readonly string[],
  ): Promise<PluginVocabulary | undefined> {
    const given = this.#given.find(name);
    if (given !== undefined) return this.#note(name, await PluginVocabulary.ofGiven(given));
    const found = plugin ?? (await requirePlugin(name, folders).catch(() => undefined));
    if (found === undefined) return undefined;
    if (plugin === undefined) {
      // Its tasks come with it: it was on no list when those of the others were read.
      const [problem] = await addPluginTasks(this.#tasks, found);
      if (problem !== undefined) throw problem;
    }
    return this.#note(name, await PluginVocabulary.of(found));
  }

  #note(name: string, vocabulary: PluginVocabulary): PluginVocabulary {
    this.#read.set(name, vocabulary);
    return vocabulary;
  }
}
