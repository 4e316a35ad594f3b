import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { aboutModel, ModelError, toModelError, withDetails } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import { nearest } from "../contract/schema-issue.ts";
import { systemError } from "../contract/system-error.ts";
import type { VerifiedFiles } from "../files/artifact-store.ts";
import { TaskRegistry } from "../tasks/task-registry.ts";
import type { PluginPackage } from "./discovery.ts";
import type { GivenPlugin } from "./given-plugins.ts";
import { requireKnownTasks } from "./known-tasks.ts";
import { readModelSpecs } from "./read-yaml.ts";

/** One model that can be asked for, and where its declaration came from. */
export interface CatalogueEntry {
  readonly spec: ModelSpec;
  /** The YAML file; relative paths in the spec start in its folder. */
  readonly file: string;
  /** npm name of the package that has the loader, or the name of a plugin that was given in code. */
  readonly plugin: string;
  /** Set for a model whose artifacts get their digests when it is loaded: those that are known already. */
  readonly pinnedAtLoad?: VerifiedFiles;
}

/** Every model by name. A name that two files claim belongs to neither: asking for it is an error that names both. */
export class Catalogue {
  readonly #entries = new Map<string, CatalogueEntry>();
  readonly #contested = new Map<string, ModelError>();
  /** What could not be read: a model that is not found may be in there. */
  #unread: readonly ModelError[] = [];

  /**
   * The models of these plugins; a spec that cannot be read is a problem, not a failure.
   * @param given plugins that the application itself gave. @throws what is wrong with those
   */
  static async read(
    plugins: readonly PluginPackage[],
    tasks: TaskRegistry = new TaskRegistry(),
    given: readonly GivenPlugin[] = [],
  ): Promise<{ catalogue: Catalogue; problems: ModelError[] }> {
    const catalogue = new Catalogue();
    const problems: ModelError[] = [];
    for (const entry of given.flatMap((plugin) => plugin.entries())) {
      requireKnownTasks(entry.spec, tasks, entry.file);
      catalogue.add(entry);
    }
    for (const plugin of plugins) {
      for (const file of await specFiles(plugin, problems)) {
        try {
          for (const spec of await readModelSpecs(file)) {
            requireKnownTasks(spec, tasks, file);
            catalogue.add({ spec, file, plugin: spec.plugin ?? plugin.name });
          }
        } catch (error) {
          const model = await declaredName(file);
          const told = withDetails(toModelError(error, "model_spec_invalid"), { plugin: plugin.name, file });
          problems.push(model === undefined ? told : aboutModel(told, model));
        }
      }
    }
    return { catalogue, problems };
  }

  /** @throws `model_duplicate` if the name is taken */
  add(entry: CatalogueEntry): void {
    const name = entry.spec.model_name;
    const other = this.#entries.get(name);
    if (other === undefined && !this.#contested.has(name)) {
      this.#entries.set(name, entry);
      return;
    }
    const files = [other?.file, entry.file].filter((file) => file !== undefined);
    const error = new ModelError(
      "model_duplicate",
      `Two models are called "${name}": ${files.join(" and ")}. Rename one, or remove its plugin.`,
      {
        model: name,
        details: { files },
      },
    );
    this.#entries.delete(name);
    this.#contested.set(name, this.#contested.get(name) ?? error);
    throw error;
  }

  /** Puts a model in the place of the one of its name, if any. */
  replace(entry: CatalogueEntry): void {
    this.#contested.delete(entry.spec.model_name);
    this.#entries.set(entry.spec.model_name, entry);
  }

  /** True where a model of that name is there, or two claim it. */
  has(name: string): boolean {
    return this.#entries.has(name) || this.#contested.has(name);
  }

  /** Takes a model out; nothing happens where it is not there. */
  delete(name: string): void {
    this.#entries.delete(name);
  }

  /** Problems that a search without result tells of: the model that is asked for may be in what could not be read. */
  noteUnread(problems: readonly ModelError[]): void {
    this.#unread = problems;
  }

  get entries(): readonly CatalogueEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.spec.model_name < b.spec.model_name ? -1 : 1));
  }

  /** The model of that name, else the first by name of that role. @throws `model_not_found`, `model_duplicate` */
  find(nameOrRole: string): CatalogueEntry {
    if (typeof nameOrRole !== "string")
      throw new ModelError(
        "input_invalid",
        `A model is asked for by its name or role, a text; it was ${typeof nameOrRole}.`,
      );
    const contested = this.#contested.get(nameOrRole);
    if (contested !== undefined) throw contested;
    const entry = this.#entries.get(nameOrRole) ?? this.entries.find(({ spec }) => spec.role === nameOrRole);
    if (entry !== undefined) return entry;
    const refused = this.#unread.find(({ model }) => model === nameOrRole);
    if (refused !== undefined) throw refused;
    const names = this.entries.map(({ spec }) => spec.model_name);
    const shown = nameOrRole.length <= longestName ? nameOrRole : `${nameOrRole.slice(0, longestName)}…`;
    const [unread] = this.#unread;
    // Where the system refused every plugin, nothing can be said of a model.
    if (names.length === 0 && unread?.code === "system_error") throw unread;
    throw new ModelError(
      "model_not_found",
      `No model is called "${shown}", and none has that role. ${this.#hint(nameOrRole, names)}`,
      { model: shown, details: { known: names } },
    );
  }

  #hint(nameOrRole: string, names: readonly string[]): string {
    const near = nearest(nameOrRole, names);
    if (near !== undefined) return `Did you mean "${near}"?`;
    const [first] = this.#unread;
    const known = names.length === 0 ? [] : [`There are: ${names.join(", ")}.`];
    if (first !== undefined) {
      const count = this.#unread.length === 1 ? "A plugin or spec" : `${this.#unread.length} plugins or specs`;
      return [...known, `${count} could not be read, first ${first.code}: ${first.message}`].join(" ");
    }
    return known[0] ?? "The zoo has no models: install a plugin.";
  }
}

/** Characters of a name that a message repeats. */
const longestName = 200;

/** The name that a file gives its model, which may be all that can be read of it. */
async function declaredName(file: string): Promise<string | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  return /^model_name:\s*["']?([\w.-]+)/m.exec(text)?.[1];
}

async function specFiles(plugin: PluginPackage, problems: ModelError[]): Promise<string[]> {
  const dir = join(plugin.dir, plugin.manifest.models);
  try {
    const files = await readdir(dir);
    return files
      .filter((file) => /\.ya?ml$/.test(file))
      .sort()
      .map((file) => join(dir, file));
  } catch (cause) {
    problems.push(
      systemError(`${plugin.name} says that its models are in ${dir}, which cannot be read`, cause, {
        code: "plugin_invalid",
        details: { plugin: plugin.name, dir },
      }),
    );
    return [];
  }
}
