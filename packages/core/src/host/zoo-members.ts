import { dirname, resolve } from "node:path";
import { aboutModel, ModelError, toModelError } from "../contract/model-error.ts";
import { resolveSpec } from "../lock/resolve-spec.ts";
import { priorities } from "../zoo/zoo-status.ts";
import { bindingProblems } from "./binding-problems.ts";
import { Catalogue } from "./catalogue.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import type { Keeping } from "./manager/resident.ts";
import { type ModelGroup, modelGroups, requireSharable } from "./model-groups.ts";
import { readModelSpec } from "./read-yaml.ts";
import type { Vocabularies } from "./vocabularies.ts";
import type { ZooModel, ZooSpec } from "./zoo-spec.ts";

/** What a zoo serves: its models, and how it keeps each of them. */
export interface ZooMembers {
  readonly catalogue: Catalogue;
  readonly keeping: Map<string, Keeping>;
  /** How models are kept for themselves, whatever they are called besides. A required one stands here after its removal too. */
  readonly own: Map<string, Keeping>;
  /** How what bears a role or an alias is kept, by that name: it moves with the name. */
  readonly lines: ReadonlyMap<string, Keeping>;
  /** The groups that share runners, by the name of each model of them. */
  readonly groups: ReadonlyMap<string, ModelGroup>;
  /** Runners that a model may have at a time, by its name; 1 where none is said. */
  readonly replicas: ReadonlyMap<string, number>;
  /** Optional models that cannot be served. */
  readonly problems: readonly ModelError[];
}

/** Where a zoo spec stands. */
export interface SpecPlace {
  /** Relative paths in it start in the folder of this file, which need not be there. */
  readonly file: string;
  /** For messages. */
  readonly where: string;
}

/**
 * The models that a zoo spec composes; all of the plugins' where it lists none. How each is kept stands under the name
 * that its line resolves to, in order of startup priority and then of the spec.
 * @throws what a required model lacks; `zoo_spec_invalid` where two lines mean one model
 */
export async function zooMembers(
  spec: ZooSpec,
  { file: specFile, where }: SpecPlace,
  all: Catalogue,
  vocabularies: Vocabularies,
): Promise<ZooMembers> {
  if (spec.models === undefined)
    return {
      ...{
        catalogue: all,
        keeping: new Map(),
        own: new Map(),
        lines: new Map(),
        groups: new Map(),
        replicas: new Map(),
      },
      problems: bindingProblems(spec, all, where),
    };
  const catalogue = new Catalogue(all.bindings, all.lock, all.freeze);
  const keeping = new Map<string, Keeping>();
  const startup = new Map<string, number>();
  const own = new Map<string, Keeping>();
  const lines = new Map<string, Keeping>();
  const lineOf = new Map<string, string>();
  const problems: ModelError[] = [];
  const grouped = new Map<string, string>();
  const replicas = new Map<string, number>();
  for (const model of spec.models) {
    const entry = await entryOf(model, specFile, all, vocabularies).catch((error: unknown) => {
      if (model.required) throw error;
      problems.push(aboutModel(toModelError(error), model.model));
    });
    if (entry === undefined) continue;
    const name = entry.spec.model_name;
    const other = lineOf.get(name);
    if (other !== undefined) throw twice(name, other, model.model, where);
    lineOf.set(name, model.model);
    catalogue.add(entry);
    const kept = {
      keepWarm: model.cache_policy === "keep_warm",
      priority: model.priority,
      required: model.required,
      ...(model.keep_alive_s === undefined ? {} : { keepAliveMs: milliseconds(model.keep_alive_s) }),
    };
    keeping.set(name, kept);
    startup.set(name, model.startup_priority ?? 0);
    if (model.group !== undefined) grouped.set(name, model.group);
    if (model.replicas !== undefined) replicas.set(name, model.replicas);
    if ((model.replicas ?? 1) > 1 && model.group !== undefined) throw replicasOfGroup(name, model.group, where);
    (model.model === name ? own : lines).set(model.model, kept);
  }
  problems.push(...bindingProblems(spec, catalogue, where));
  const place = ([name]: readonly [string, Keeping]): number => startup.get(name) ?? 0;
  const groups = modelGroups(grouped);
  requireSharable(groups, catalogue, where);
  const inOrder = new Map([...keeping].sort((a, b) => place(a) - place(b)));
  return { catalogue, keeping: inOrder, own, lines, groups, replicas, problems };
}

function milliseconds(seconds: number): number {
  return seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
}

/** All that a model is kept for: itself, and what it is called. @param except a name that it is about to lose */
export function keptFor(
  { own, lines, catalogue }: ZooMembers,
  model: string | undefined,
  except?: string,
): Keeping | undefined {
  if (model === undefined) return undefined;
  const named = [...lines].filter(([name]) => name !== except && catalogue.modelNamed(name) === model);
  const all = [own.get(model), ...named.map(([, keeping]) => keeping)].filter((each) => each !== undefined);
  return all.length === 0 ? undefined : all.reduce(stronger);
}

function stronger(one: Keeping, other: Keeping): Keeping {
  const rank = ({ priority }: Keeping): number => priorities.indexOf(priority);
  return {
    keepWarm: one.keepWarm || other.keepWarm,
    required: one.required || other.required,
    priority: rank(one) <= rank(other) ? one.priority : other.priority,
    keepAliveMs: longer(one.keepAliveMs, other.keepAliveMs),
  };
}

function longer(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}

function twice(name: string, first: string, second: string, file: string): ModelError {
  const lines = first === second ? `"${first}" twice` : `"${first}" and "${second}", which are one model`;
  return new ModelError(
    "zoo_spec_invalid",
    `${file} lists ${lines}${first === second ? "" : ` (${name})`}. Leave one line, or name the other model by its own name.`,
    { model: name, details: { file, lines: [first, second] } },
  );
}

function replicasOfGroup(model: string, group: string, file: string): ModelError {
  return new ModelError(
    "zoo_spec_invalid",
    `${file} gives ${model} replicas and the group "${group}": a model of a group has the group's runner alone. Leave one of both.`,
    { model, details: { file, group } },
  );
}

async function entryOf(
  model: ZooModel,
  specFile: string,
  all: Catalogue,
  vocabularies: Vocabularies,
): Promise<CatalogueEntry> {
  const entry =
    model.spec === undefined ? all.find(model.model) : await readEntry(model, resolve(dirname(specFile), model.spec));
  if (model.spec === undefined && model.device_policy === undefined) return entry;
  const { file, plugin } = entry;
  const folders = [dirname(file), dirname(specFile)];
  const resolved = resolveSpec(entry.spec, all.lock, model);
  const settled = { ...entry, ...(await vocabularies.settle(resolved, file, plugin, folders)) };
  await all.freeze?.admit(settled);
  return settled;
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
