import { dirname, resolve } from "node:path";
import { ModelError, toModelError } from "../model-error.ts";
import { Catalogue, type CatalogueEntry } from "./catalogue.ts";
import type { Keeping } from "./manager/resident.ts";
import { readModelSpec } from "./read-yaml.ts";
import type { ZooModel, ZooSpec } from "./zoo-spec.ts";

/** What a zoo serves: its models, and how it keeps each of them. */
export interface ZooMembers {
  readonly catalogue: Catalogue;
  readonly keeping: ReadonlyMap<string, Keeping>;
  /** Optional models that cannot be served. */
  readonly problems: readonly ModelError[];
}

export const keptOnDemand: Keeping = { keepWarm: false, priority: "medium", required: false };

/** The models that a zoo spec composes; all of the plugins' where it lists none. @throws what a required model lacks */
export async function zooMembers(spec: ZooSpec, specFile: string, all: Catalogue): Promise<ZooMembers> {
  if (spec.models === undefined) return { catalogue: all, keeping: new Map(), problems: [] };
  const catalogue = new Catalogue();
  const keeping = new Map<string, Keeping>();
  const problems: ModelError[] = [];
  for (const model of spec.models) {
    try {
      catalogue.add(await entryOf(model, specFile, all));
      keeping.set(model.model, {
        keepWarm: model.cache_policy === "keep_warm",
        priority: model.priority,
        required: model.required,
      });
    } catch (error) {
      if (model.required) throw error;
      problems.push(toModelError(error));
    }
  }
  return { catalogue, keeping, problems };
}

async function entryOf(model: ZooModel, specFile: string, all: Catalogue): Promise<CatalogueEntry> {
  const entry =
    model.spec === undefined ? all.find(model.model) : await readEntry(model, resolve(dirname(specFile), model.spec));
  return model.device_policy === undefined
    ? entry
    : { ...entry, spec: { ...entry.spec, device_policy: model.device_policy } };
}

async function readEntry(model: ZooModel, file: string): Promise<CatalogueEntry> {
  const spec = await readModelSpec(file, model.model);
  return { spec, file, plugin: namedPlugin(spec.plugin, file) };
}

/** The plugin of a spec that no package carries: it has to say which. */
export function namedPlugin(plugin: string | undefined, file: string): string {
  if (plugin !== undefined) return plugin;
  throw new ModelError(
    "model_spec_invalid",
    `${file} is carried by no plugin, so it must say in "plugin" which package has its loader.`,
    {
      details: { file },
    },
  );
}
