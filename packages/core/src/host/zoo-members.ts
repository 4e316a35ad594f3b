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

/**
 * The models that a zoo spec composes; all of the plugins' where it lists none. How each is kept stands under the name
 * that its line resolves to, in order of startup priority and then of the spec.
 * @throws what a required model lacks; `zoo_spec_invalid` where two lines mean one model
 */
export async function zooMembers(spec: ZooSpec, specFile: string, all: Catalogue): Promise<ZooMembers> {
  if (spec.models === undefined) return { catalogue: all, keeping: new Map(), problems: [] };
  const catalogue = new Catalogue();
  const keeping = new Map<string, Keeping & { readonly startup: number }>();
  const lines = new Map<string, string>();
  const problems: ModelError[] = [];
  for (const model of spec.models) {
    const entry = await entryOf(model, specFile, all).catch((error: unknown) => {
      if (model.required) throw error;
      problems.push(toModelError(error));
    });
    if (entry === undefined) continue;
    const name = entry.spec.model_name;
    const other = lines.get(name);
    if (other !== undefined) throw twice(name, other, model.model, specFile);
    lines.set(name, model.model);
    catalogue.add(entry);
    keeping.set(name, {
      keepWarm: model.cache_policy === "keep_warm",
      priority: model.priority,
      required: model.required,
      startup: model.startup_priority ?? 0,
      ...(model.keep_alive_s === undefined ? {} : { keepAliveMs: milliseconds(model.keep_alive_s) }),
    });
  }
  const inOrder = [...keeping].sort(([, a], [, b]) => a.startup - b.startup);
  return { catalogue, keeping: new Map(inOrder), problems };
}

function milliseconds(seconds: number): number {
  return seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
}

function twice(name: string, first: string, second: string, file: string): ModelError {
  const lines = first === second ? `"${first}" twice` : `"${first}" and "${second}", which are one model`;
  return new ModelError(
    "zoo_spec_invalid",
    `${file} lists ${lines}${first === second ? "" : ` (${name})`}. Leave one line, or name the other model by its own name.`,
    { model: name, details: { file, lines: [first, second] } },
  );
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
