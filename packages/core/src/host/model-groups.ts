import { ModelError } from "../contract/model-error.ts";
import type { Catalogue } from "./catalogue.ts";
import { requireSameNeeds } from "./manager/group-needs.ts";
import { neededBy } from "./needed-by.ts";

/** Models that share a runner. */
export interface ModelGroup {
  /** What they have as `group` in the zoo spec. */
  readonly name: string;
  /** In the order of the zoo spec. */
  readonly models: readonly string[];
}

/** @param grouped the group of each model that has one */
export function modelGroups(grouped: ReadonlyMap<string, string>): ReadonlyMap<string, ModelGroup> {
  const groups = Map.groupBy(grouped.keys(), (model) => grouped.get(model) ?? "");
  return new Map(
    [...groups].flatMap(([name, models]) => models.map((model): [string, ModelGroup] => [model, { name, models }])),
  );
}

/** Holds that what a group's runner is granted is what each of its models needs. @throws `zoo_spec_invalid` naming two that differ */
export function requireSharable(groups: ReadonlyMap<string, ModelGroup>, catalogue: Catalogue, where: string): void {
  for (const { models, name } of new Set(groups.values())) {
    const needy = models.map((model) => {
      const { spec, engine } = catalogue.find(model);
      // Where the spec lacks what its engine reads there, its load says so.
      return { spec, needs: settled(() => neededBy(spec, engine)) };
    });
    try {
      requireSameNeeds(needy);
    } catch (error) {
      throw inGroup(error as ModelError, name, where);
    }
  }
}

function settled<T>(value: () => T): T | undefined {
  try {
    return value();
  } catch {
    return undefined;
  }
}

function inGroup({ code, message, details, model = "" }: ModelError, group: string, where: string): ModelError {
  return new ModelError(code, `${where}, group "${group}": ${message}`, { model, details: { ...details, group } });
}
