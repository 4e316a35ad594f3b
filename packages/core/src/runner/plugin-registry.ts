import { pathToFileURL } from "node:url";
import type { Adopter } from "../adopt/adopt.ts";
import { provide, ServiceContainer, type ServiceToken, serviceToken } from "../container/container.ts";
import { contractVersion } from "../contract/contract-version.ts";
import { loaderName } from "../contract/loader-name.ts";
import { ModelError, textOf } from "../contract/model-error.ts";
import { whatOpens } from "../loader/load-context.ts";
import type { ModelLoaderClass } from "../loader/model-loader-base.ts";
import type { ModelProvider } from "../loader/model-provider.ts";
import type { Plugin } from "../loader/plugin.ts";
import { importPlace } from "./import-place.ts";
import type { EngineReference, ModuleReference } from "./runner.ts";

/** Every engine that the plugin of this runner names. */
export const ModelProviderToken: ServiceToken<ModelProvider<object>> = serviceToken("ModelProvider");

/** What a runner knows of its plugin: engines under their token, loaders under their names. */
export class PluginRegistry {
  readonly #container = new ServiceContainer();
  readonly #loaders = new Map<string, ServiceToken<ModelLoaderClass>>();
  readonly #imported = new Set<string>();
  /** By the plugin's name. */
  readonly #adopters = new Map<string, Readonly<Record<string, Adopter>>>();

  get providers(): readonly ModelProvider<object>[] {
    return this.#container.resolveAll(ModelProviderToken);
  }

  /** Imports engines and registers their providers, each once. */
  async addEngines(engines: readonly EngineReference[]): Promise<void> {
    for (const engine of engines) {
      if (this.#imported.has(engine.entry)) continue;
      const provider = await defaultExport<Partial<ModelProvider>>(engine, "supports");
      if (!isComplete(provider))
        throw new ModelError(
          "plugin_invalid",
          `The engine ${engine.name} has no default export, which must be its ModelProvider.`,
        );
      refuseOtherContract(engine.name, provider.contract);
      refuseOtherHandles(engine, provider);
      this.#container.registerMany(ModelProviderToken, provider);
      this.#imported.add(engine.entry);
    }
  }

  /** Imports a plugin; its definition registers its loaders. */
  async addPlugin(reference: ModuleReference): Promise<void> {
    if (this.#imported.has(reference.entry)) return;
    const plugin = await defaultExport<Partial<Plugin>>(reference, "loaders");
    if (plugin?.loaders === undefined || plugin.contract === undefined) {
      throw new ModelError("plugin_invalid", `${reference.name} has no default export made by definePlugin.`, {
        details: { plugin: reference.name },
      });
    }
    refuseOtherContract(reference.name, plugin.contract);
    for (const [name, loader] of Object.entries(plugin.loaders)) {
      const token = serviceToken<ModelLoaderClass>(`loader ${name}`);
      this.#container.register(provide(token, () => loader));
      this.#loaders.set(name, token);
    }
    this.#adopters.set(reference.name, plugin.adopt ?? {});
    this.#imported.add(reference.entry);
  }

  /** @param loader as a spec names it: the name alone, or behind a kit's package (`@menagerie/vision#image-classifier`) */
  loader(loader: string, plugin: string): ModelLoaderClass {
    const { name } = loaderName(loader);
    const token = this.#loaders.get(name);
    if (token !== undefined) return this.#container.resolve(token);
    const known = [...this.#loaders.keys()];
    throw new ModelError("model_spec_invalid", `${plugin} has no loader "${name}". It has: ${known.join(", ")}.`, {
      details: { loader: name, known },
    });
  }

  adopter(loader: string, plugin: string): Adopter {
    const adopters = this.#adopters.get(plugin) ?? {};
    const adopter = adopters[loaderName(loader).name];
    if (adopter !== undefined) return adopter;
    throw new ModelError("checkpoint_invalid", `${plugin} cannot adopt checkpoints of the loader "${loader}".`, {
      details: { loader, known: Object.keys(adopters) },
    });
  }
}

function isComplete(provider: Partial<ModelProvider> | undefined): provider is ModelProvider {
  return provider?.supports !== undefined;
}

/**
 * What a module exports as its default. Compilers to CommonJS put it one level deeper (`exports.default`), and bundlers that
 * wrap such a module one more.
 * @param key what tells it from the wrapping
 */
async function defaultExport<Value extends object>(
  reference: ModuleReference,
  key: keyof Value,
): Promise<Value | undefined> {
  let value: unknown = reference.given ?? (await importModule(reference)).default;
  for (let depth = 0; depth < 3 && typeof value === "object" && value !== null; depth++) {
    if (key in value) return value as Value;
    value = (value as { readonly default?: unknown }).default;
  }
  return undefined;
}

async function importModule(reference: ModuleReference): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(pathToFileURL(reference.entry).href)) as { readonly default?: unknown };
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    throw new ModelError(
      missing ? "dependency_missing" : "plugin_invalid",
      `${reference.name} cannot be imported: ${textOf(cause)} (${importPlace(cause, reference.entry)})`,
      {
        details: { module: reference.name, entry: reference.entry },
        cause,
      },
    );
  }
}

/** What a package declares, the host and people have read; what its code says, counts. */
function refuseOtherHandles({ name, opens }: EngineReference, provider: ModelProvider<object>): void {
  if (opens === undefined || opens === whatOpens(provider)) return;
  throw new ModelError(
    "plugin_invalid",
    `The package.json of ${name} says that it opens "${opens}", and its ModelProvider "${whatOpens(provider)}". Make both the same.`,
    { details: { module: name, declared: opens, opens: whatOpens(provider) } },
  );
}

function refuseOtherContract(name: string, contract: number): void {
  if (contract === contractVersion) return;
  throw new ModelError(
    "contract_mismatch",
    `${name} was built for contract ${contract}, this zoo speaks contract ${contractVersion}.`,
    {
      details: { module: name, plugin_contract: contract, zoo_contract: contractVersion },
    },
  );
}
