import type { Adopter } from "../adopt/adopt.ts";
import { contractVersion } from "../contract/contract-version.ts";
import type { ModelSpecInput } from "../contract/model-variants.ts";
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
 */
export function definePlugin(
  plugin: {
    name: string;
    loaders: Record<string, ModelLoaderClass>;
    adopt?: Record<string, Adopter>;
  } & PluginInCode,
): Plugin {
  const { name, loaders, adopt = {}, ...inCode } = plugin;
  return { contract: contractVersion, name, loaders, adopt, inCode };
}

export function isPlugin(value: unknown): value is Plugin {
  return typeof value === "object" && value !== null && "loaders" in value && "contract" in value;
}
