import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { contractVersion } from "../contract/contract-version.ts";
import { loaderName } from "../contract/loader-name.ts";
import { ModelError } from "../contract/model-error.ts";
import { parseModelSpecs } from "../contract/model-variants.ts";
import { nearest } from "../contract/schema-issue.ts";
import type { Plugin } from "../loader/plugin.ts";
import type { EngineReference, ModuleReference } from "../runner/runner.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { engineReference, type PluginPackage } from "./discovery.ts";
import type { ModelModules } from "./model-modules.ts";
import { functionSchema, requireShape } from "./require-shape.ts";
import { sourceVersion } from "./source-version.ts";

/** Names of packages, and plain words: the name stands in paths and in messages. */
const nameSchema = z
  .string()
  .max(200)
  .regex(
    /^(?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w. -]*$/i,
    "must be a package's name, or words of letters, digits, - . and _",
  );

const providerSchema = z.looseObject({
  name: z.string().min(1),
  engineVersion: functionSchema,
  supports: functionSchema,
  validateLocalArtifacts: functionSchema,
  open: functionSchema,
});

const pluginShape = z.strictObject({
  name: nameSchema,
  loaders: z.record(z.string().min(1), functionSchema),
  adopt: z.record(z.string(), functionSchema).optional(),
  version: z.string().min(1).optional(),
  models: z.array(z.custom(isObject, "must be a ModelSpec")).optional(),
  tasks: z
    .array(
      z.looseObject({
        name: z.string(),
        input: z.custom(isObject, "must be a schema"),
        output: z.custom(isObject, "must be a schema"),
      }),
    )
    .optional(),
  engines: z.array(z.union([z.string().min(1), providerSchema])).optional(),
  module: z.union([z.string().min(1), z.instanceof(URL)]).optional(),
});

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function requirePluginShape({ name, loaders, adopt, inCode }: Plugin): void {
  // One that was made of another plugin has that one's own keys there.
  const { contract, inCode: _, ...said } = (isObject(inCode) ? inCode : {}) as Record<string, unknown>;
  const what = typeof name === "string" ? `The plugin "${name.slice(0, 100)}"` : "A plugin";
  requireShape(pluginShape, { ...said, name, loaders, adopt }, what, "plugin_invalid", {
    plugin: String(name).slice(0, 100),
  });
}

/** A plugin that an application gave as an object. */
export class GivenPlugin {
  readonly plugin: Plugin;
  /** Relative paths of its specs start here, and its engines are looked for from here. */
  readonly folder: string;
  readonly #module: string | undefined;

  /** @throws `contract_mismatch`, and `plugin_invalid` for what has another shape, and for engines that cannot reach the processes of its models */
  constructor(plugin: Plugin, appDir: string) {
    const { name, contract } = plugin;
    if (contract !== contractVersion)
      throw new ModelError(
        "contract_mismatch",
        `The plugin ${name} was built for contract ${contract}, this zoo speaks contract ${contractVersion}.`,
        { details: { plugin: name, plugin_contract: contract, zoo_contract: contractVersion } },
      );
    const { module: said, engines: listed } = Object(plugin.inCode) as Partial<Plugin["inCode"]>;
    if (said !== undefined && Array.isArray(listed) && listed.some((engine) => typeof engine === "object"))
      throw new ModelError(
        "plugin_invalid",
        `The plugin ${name} names its module, so its models run in processes, which import their engines by themselves: ` +
          `name the engines' packages (engines: ["@menagerie/onnx"]), or leave "module" out.`,
        { details: { plugin: name } },
      );
    requirePluginShape(plugin);
    this.plugin = plugin;
    const { module } = plugin.inCode;
    this.#module = module === undefined ? undefined : pathOf(module, appDir);
    this.folder = this.#module === undefined ? appDir : dirname(this.#module);
  }

  /** True where its models run in the application's own process: nothing says what another one could import. */
  get staysHere(): boolean {
    return this.#module === undefined;
  }

  /** Where its specs are, for messages and for relative paths. */
  get file(): string {
    return this.#module ?? join(this.folder, `the plugin ${this.plugin.name.replaceAll("/", "-")}`);
  }

  /** @throws `model_spec_invalid` naming the faulty key, or the loader that it does not have */
  entries(): readonly CatalogueEntry[] {
    const { name, inCode, loaders } = this.plugin;
    return (inCode.models ?? []).flatMap((model, i) =>
      parseModelSpecs(model, `models[${i}] of the plugin ${name}`).map((spec, place, [base]) => {
        requireLoader(name, spec.loader, Object.keys(loaders));
        const variantOf = place === 0 ? undefined : base?.model_name;
        return { spec, file: this.file, plugin: spec.plugin ?? name, variantOf };
      }),
    );
  }

  async modules(): Promise<ModelModules> {
    const engines = (this.plugin.inCode.engines ?? []).map(async (engine, i): Promise<EngineReference> => {
      if (typeof engine === "string") return engineReference(engine, this.folder);
      const [{ name, opens }, version] = [engine, await engine.engineVersion()];
      return { name, version, opens, entry: `${this.file}#engine-${i}`, given: engine };
    });
    return { plugin: this.#reference(), engines: await Promise.all(engines) };
  }

  #reference(): ModuleReference {
    const { name, inCode, loaders } = this.plugin;
    const version = inCode.version ?? sourceVersion(loaders);
    if (this.#module !== undefined) return { name, version, entry: this.#module };
    return { name, version, entry: this.file, given: this.plugin };
  }
}

/** The plugins that an application gave as objects, by name. */
export class GivenPlugins {
  readonly #plugins = new Map<string, GivenPlugin>();

  /** @throws `plugin_invalid` for a second one of the same name */
  add(plugin: GivenPlugin): void {
    const { name } = plugin.plugin;
    if (this.#plugins.has(name))
      throw new ModelError("plugin_invalid", `Two plugins are given as objects under the name "${name}". Rename one.`, {
        details: { plugin: name },
      });
    this.#plugins.set(name, plugin);
  }

  /**
   * Holds that none has the name of a package that is a plugin too: the package's models would be run by the object's loaders.
   * @throws `plugin_invalid`
   */
  requireOwnNames(packages: readonly PluginPackage[]): void {
    for (const { name, dir } of packages) {
      if (!this.#plugins.has(name)) continue;
      throw new ModelError(
        "plugin_invalid",
        `The plugin "${name}" is given as an object, and ${dir} is a plugin of that name. What is among the application's ` +
          'dependencies or named in "plugins" is found by itself: leave the object out, or give it a name of its own.',
        { details: { plugin: name, folder: dir } },
      );
    }
  }

  delete(name: string): void {
    this.#plugins.delete(name);
  }

  find(name: string): GivenPlugin | undefined {
    return this.#plugins.get(name);
  }

  get all(): readonly GivenPlugin[] {
    return [...this.#plugins.values()];
  }
}

function pathOf(module: string | URL, appDir: string): string {
  const text = String(module);
  return text.startsWith("file:") ? fileURLToPath(text) : resolve(appDir, text);
}

function requireLoader(plugin: string, loader: string, known: readonly string[]): void {
  if (loaderName(loader).kit !== undefined || known.includes(loader)) return;
  const near = nearest(loader, known);
  throw new ModelError(
    "model_spec_invalid",
    `${plugin} has no loader "${loader}". ${near === undefined ? `It has: ${known.join(", ")}.` : `Did you mean "${near}"?`}`,
    { details: { plugin, loader, known } },
  );
}
