import { readdir, readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { aboutModel, ModelError, toModelError, withDetails } from "../contract/model-error.ts";
import { nearest } from "../contract/schema-issue.ts";
import { isAbsent, systemError } from "../contract/system-error.ts";
import { resolveSpec } from "../lock/resolve-spec.ts";
import { emptyLock, type ZooLock } from "../lock/zoo-lock.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import type { PluginPackage } from "./discovery.ts";
import type { Freeze } from "./freeze.ts";
import type { GivenPlugin } from "./given-plugins.ts";
import { readModelSpecs } from "./read-yaml.ts";
import { RoleBindings, unknownTarget } from "./role-bindings.ts";
import { Vocabularies } from "./vocabularies.ts";

/** Every model by name. A name that two files claim belongs to neither: asking for it is an error that names both. */
export class Catalogue {
  readonly #entries = new Map<string, CatalogueEntry>();
  readonly #contested = new Map<string, ModelError>();
  /** What roles and aliases mean, shared by all catalogues of a zoo. */
  readonly bindings: RoleBindings;
  /** What could not be read: a model that is not found may be in there. */
  #unread: readonly ModelError[] = [];
  /** Why models are not here, each by its name. */
  #refused: readonly ModelError[] = [];

  /** What the specs leave open is read from here. */
  readonly lock: ZooLock;
  /** Set where nothing outside of the lock may be served. */
  readonly freeze: Freeze | undefined;

  constructor(bindings: RoleBindings = new RoleBindings(), lock: ZooLock = emptyLock, freeze?: Freeze) {
    this.bindings = bindings;
    this.lock = lock;
    this.freeze = freeze;
  }

  /**
   * The models of these plugins; a spec that cannot be read is a problem, not a failure. `refused` has a line for each
   * model, where one problem keeps several out.
   * @param given plugins that the application itself gave. @throws what is wrong with those
   */
  static async read(
    plugins: readonly PluginPackage[],
    vocabularies: Vocabularies = new Vocabularies(plugins),
    given: readonly GivenPlugin[] = [],
    bindings: RoleBindings = new RoleBindings(),
    lock: ZooLock = emptyLock,
    freeze?: Freeze,
  ): Promise<{ catalogue: Catalogue; problems: ModelError[]; refused: ModelError[] }> {
    const catalogue = new Catalogue(bindings, lock, freeze);
    const installed = freeze?.look();
    const problems = new Map<string, ModelError>();
    const refused: ModelError[] = [];
    // What is wrong with a plugin's engine, or a model whose variants share it, is told once.
    const note = (thrown: unknown, plugin: string, file?: string, model?: string, role?: string): void => {
      const details = {
        ...{ plugin, ...(file === undefined ? {} : { file }) },
        ...(role === undefined ? {} : { role }),
      };
      const error = withDetails(toModelError(thrown, "model_spec_invalid"), details);
      const told = model === undefined ? error : aboutModel(error, model);
      // A frozen zoo has what its lock has: the other models of its plugins are no problem.
      const isLeftOut = told.code === "outside_lock" && model !== undefined && freeze?.isForeign(model) === true;
      if (!isLeftOut && !problems.has(error.message)) problems.set(error.message, told);
      refused.push(told);
    };
    for (const entry of given.flatMap((plugin) => plugin.entries())) {
      const settled = { ...entry, ...(await vocabularies.settle(entry.spec, entry.file, entry.plugin)) };
      const outside = await freeze?.admit(settled, installed).catch((error: unknown) => toModelError(error));
      if (outside === undefined) catalogue.add(settled);
      else note(outside, entry.plugin, entry.file, entry.spec.model_name, entry.spec.role);
    }
    for (const plugin of plugins) {
      const files = await specFiles(plugin).catch((error: unknown) => note(error, plugin.name));
      for (const file of files ?? []) {
        const specs = await readModelSpecs(file).catch(async (error: unknown) => {
          const { name, role } = await declaredIdentity(file);
          note(error, plugin.name, file, name, role);
        });
        const [base] = specs ?? [];
        for (const spec of specs ?? []) {
          try {
            const name = spec.plugin ?? plugin.name;
            const settled = await vocabularies.settle(spec, file, name, [plugin.dir]);
            const variantOf = spec === base ? undefined : base?.model_name;
            const entry = { ...settled, file, plugin: name, variantOf };
            await freeze?.admit(entry, installed);
            catalogue.add(entry);
          } catch (error) {
            note(error, plugin.name, file, spec.model_name, spec.role);
          }
        }
      }
    }
    return { catalogue, problems: [...problems.values()], refused };
  }

  /** @returns the entry as it is kept, with what the lock knows of it. @throws `model_duplicate` if the name is taken */
  add(entry: CatalogueEntry): CatalogueEntry {
    const name = entry.spec.model_name;
    const other = this.#entries.get(name);
    if (other === undefined && !this.#contested.has(name)) {
      const kept = this.#resolved(entry);
      this.#entries.set(name, kept);
      return kept;
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
    this.#entries.set(entry.spec.model_name, this.#resolved(entry));
  }

  /** True where a model of that name is there, or two claim it. */
  has(name: string): boolean {
    return this.#entries.has(name) || this.#contested.has(name);
  }

  /** Takes a model out; nothing happens where it is not there. */
  delete(name: string): void {
    this.#entries.delete(name);
  }

  /** The name of the model that a role or alias stands for; undefined where it stands for none, or it is not clear for which. */
  modelNamed(name: string): string | undefined {
    try {
      return this.find(name).spec.model_name;
    } catch {
      return undefined;
    }
  }

  /**
   * Problems that a search without result tells of: the model that is asked for may be in what could not be read.
   * @param refused why models are not here, each with its model; default: the problems
   */
  noteUnread(problems: readonly ModelError[], refused: readonly ModelError[] = problems): void {
    this.#unread = problems;
    this.#refused = refused;
  }

  get entries(): readonly CatalogueEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.spec.model_name < b.spec.model_name ? -1 : 1));
  }

  /**
   * The model of that name, else the one that the role or alias is bound to, else the only one of that role.
   * @throws `model_not_found`, `model_duplicate`; `role_ambiguous` where several have the role
   */
  find(nameOrRole: string): CatalogueEntry {
    if (typeof nameOrRole !== "string")
      throw new ModelError(
        "input_invalid",
        `A model is asked for by its name or role, a text; it was ${typeof nameOrRole}.`,
      );
    const contested = this.#contested.get(nameOrRole);
    if (contested !== undefined) throw contested;
    const entry = this.#entries.get(nameOrRole) ?? this.#bound(nameOrRole) ?? this.#soleOfRole(nameOrRole);
    if (entry !== undefined) return entry;
    const refused =
      this.#refusal(nameOrRole) ??
      this.#refused.find(({ details, model }) => model !== undefined && details.role === nameOrRole);
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

  #resolved(entry: CatalogueEntry): CatalogueEntry {
    const spec = resolveSpec(entry.spec, this.lock);
    this.freeze?.requireModel(spec);
    return spec === entry.spec ? entry : { ...entry, spec };
  }

  #bound(name: string): CatalogueEntry | undefined {
    const model = this.bindings.modelOf(name);
    if (model === undefined) return undefined;
    const contested = this.#contested.get(model);
    if (contested !== undefined) throw contested;
    const entry = this.#entries.get(model);
    if (entry === undefined) throw this.#refusal(model) ?? unknownTarget(name, model, [...this.#entries.keys()]);
    return entry;
  }

  /** Why a model is not here, where it is known to be somewhere. */
  #refusal(model: string): ModelError | undefined {
    return this.#refused.find((each) => each.model === model);
  }

  /** Another precision of a model stands behind the model itself. */
  #soleOfRole(role: string): CatalogueEntry | undefined {
    const all = this.entries.filter(({ spec }) => spec.role === role);
    const names = all.map(({ spec }) => spec.model_name);
    const [first, ...others] = all.filter(({ variantOf }) => variantOf === undefined || !names.includes(variantOf));
    if (first === undefined || others.length === 0) return first;
    const candidates = [first, ...others].map(({ spec }) => spec.model_name);
    throw new ModelError(
      "role_ambiguous",
      `${candidates.length} models have the role "${role}": ${candidates.join(", ")}. Name one, or bind the role in the zoo spec: ` +
        `roles: { ${role}: ${candidates[0]} }`,
      { details: { role, candidates } },
    );
  }

  #hint(nameOrRole: string, names: readonly string[]): string {
    const roles = this.entries.map(({ spec }) => spec.role);
    const near = nearest(nameOrRole, [...names, ...Object.keys(this.bindings.toJSON()), ...roles]);
    const [first] = this.#unread;
    const known =
      near !== undefined ? [`Did you mean "${near}"?`] : names.length === 0 ? [] : [`There are: ${names.join(", ")}.`];
    if (first !== undefined) {
      const count = this.#unread.length === 1 ? "A plugin or spec" : `${this.#unread.length} plugins or specs`;
      return [...known, `${count} could not be read, first ${first.code}: ${first.message}`].join(" ");
    }
    return known[0] ?? "The zoo has no models: install a plugin.";
  }
}

/** Characters of a name that a message repeats. */
const longestName = 200;

/** The name and role that a file gives its model, which may be all that can be read of it; without a name, that of the file. */
async function declaredIdentity(file: string): Promise<{ readonly name: string; readonly role: string | undefined }> {
  const text = await readFile(file, "utf8").catch(() => "");
  const said = (key: string): string | undefined => new RegExp(`^${key}:\\s*["']?([\\w.-]+)`, "m").exec(text)?.[1];
  return { name: said("model_name") ?? parse(file).name, role: said("role") };
}

/** None where a package that declares something else names no folder of models. @throws what is wrong with the folder */
async function specFiles({ name, dir, manifest }: PluginPackage): Promise<string[]> {
  const folder = join(dir, manifest.models ?? "./models");
  const isOther = manifest.models === undefined && (manifest.engine ?? manifest.kit ?? manifest.source) !== undefined;
  const files = await readdir(folder).catch((cause: unknown): string[] => {
    if (isOther && isAbsent(cause)) return [];
    throw systemError(`${name} says that its models are in ${folder}, which cannot be read`, cause, {
      code: "plugin_invalid",
      details: { plugin: name, dir: folder },
    });
  });
  return files
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .map((file) => join(folder, file));
}
