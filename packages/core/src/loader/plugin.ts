import type { Adopter } from "../adopt/adopt.ts";
import { contractVersion } from "../contract/contract-version.ts";
import { ModelError } from "../contract/model-error.ts";
import type { ModelSpecInput } from "../contract/model-variants.ts";
import { didYouMean } from "../contract/schema-issue.ts";
import type { Task } from "../tasks/task.ts";
import type { TaskDocument } from "../tasks/task-document.ts";
import type { ModelLoaderClass } from "./model-loader-base.ts";
import type { ModelProvider } from "./model-provider.ts";

/** What a plugin's module exports as its default, or an application gives to `createZoo` as it is. */
export interface Plugin {
  readonly contract: number;
  readonly name: string;
  /** Loader classes under the names that specs use in `loader`. */
  readonly loaders: Readonly<Record<string, ModelLoaderClass>>;
  /** How a checkpoint folder of each loader's family becomes a spec. */
  readonly adopt: Readonly<Record<string, Adopter>>;
  /** What a package says in its files, and an object that is given in code says itself. */
  readonly inCode: PluginInCode;
}

/** The declarations of a plugin that is given in code and has no package. */
export interface PluginInCode {
  /** Part of every signature; default: a digest of the loaders' source text. */
  readonly version?: string | undefined;
  /** ModelSpecs as a YAML file has them; relative paths start in the folder of `module`, else of the application. */
  readonly models?: readonly ModelSpecInput[] | undefined;
  /** Tasks of its own: written in zod (`defineTask`), or as a document. */
  readonly tasks?: readonly (TaskDocument | Task)[] | undefined;
  /** Engines: npm names, or ModelProviders for models that run in the application's own process. */
  readonly engines?: readonly (string | ModelProvider<object>)[] | undefined;
  /**
   * The file whose default export is this plugin: a path or a `file:` URL, such as `import.meta.url`. With it models run in
   * processes of their own; without it they run in the application's.
   */
  readonly module?: string | URL | undefined;
}

/**
 * Makes a plugin of its loaders: what a plugin's package exports as its default. An object for `createZoo({ plugins: [...] })`
 * also has the declarations that a package keeps in files.
 * @throws `plugin_invalid` for a key that there is not, with the nearest one, and for loaders that are no classes
 */
export function definePlugin(
  plugin: {
    name: string;
    loaders: Record<string, ModelLoaderClass>;
    adopt?: Record<string, Adopter>;
  } & PluginInCode,
): Plugin {
  requireKeys(plugin);
  const { name, loaders, adopt = {}, ...inCode } = plugin;
  return { contract: contractVersion, name, loaders, adopt, inCode };
}

export function isPlugin(value: unknown): value is Plugin {
  return isRecord(value) && "loaders" in value && "contract" in value && isRecord(value.inCode);
}

const keys: readonly (keyof Parameters<typeof definePlugin>[0])[] = [
  ...(["name", "loaders", "adopt", "version", "models", "tasks", "engines", "module"] as const),
];

/** What is misspelt would be left out in silence. */
function requireKeys(plugin: unknown): void {
  if (!isRecord(plugin)) throw refusal(`takes an object with ${keys.join(", ")}`);
  const { name, loaders } = plugin;
  const unknown = Object.keys(plugin).find((key) => !(keys as readonly string[]).includes(key));
  if (unknown !== undefined)
    throw refusal(
      `has no option "${unknown.slice(0, 100)}"`,
      didYouMean(unknown, keys) || `There are: ${keys.join(", ")}.`,
    );
  if (typeof name !== "string" || name === "") throw refusal(`needs the plugin's name as "name"`);
  if (!isRecord(loaders)) throw refusal(`of ${name} needs "loaders": a loader class under each name that specs use`);
  const wrong = Object.keys(loaders).find((key) => typeof loaders[key] !== "function");
  if (wrong !== undefined) throw refusal(`of ${name} has the loader "${wrong}", which is no class`);
}

function refusal(what: string, remedy = ""): ModelError {
  return new ModelError("plugin_invalid", `definePlugin ${what}. ${remedy}`.trimEnd());
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
