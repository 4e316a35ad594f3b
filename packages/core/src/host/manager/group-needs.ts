import { canonicalJson } from "../../contract/canonical-json.ts";
import type { EngineNeeds } from "../../contract/engine-manifest.ts";
import { ModelError } from "../../contract/model-error.ts";
import type { ModelSpec } from "../../contract/model-spec.ts";
import { needsInWords } from "../needed-by.ts";

/** A model, and what its runner is to be granted. */
export interface NeedyModel {
  readonly spec: ModelSpec;
  readonly needs?: EngineNeeds | undefined;
}

/** What one of a group is granted, the code of all the others could use. @throws `zoo_spec_invalid` naming two that differ */
export function requireSameNeeds(models: readonly NeedyModel[]): void {
  const [first, ...others] = models;
  const other = others.find(({ needs }) => canonicalJson(needs ?? {}) !== canonicalJson(first?.needs ?? {}));
  if (first === undefined || other === undefined) return;
  const [one, two] = [first.spec.model_name, other.spec.model_name];
  throw new ModelError(
    "zoo_spec_invalid",
    `${one} and ${two} cannot share a runner: ${one}'s engine needs ${inWords(first)}, and ${two}'s ${inWords(other)}. ` +
      `What a runner is granted, all code in it can use. Take "group" from the line of one of them.`,
    { model: two, details: { models: [one, two], needs: [first.needs ?? {}, other.needs ?? {}] } },
  );
}

export function groupsUnknown(models: readonly NeedyModel[]): ModelError {
  const names = models.map(({ spec }) => spec.model_name);
  return new ModelError(
    "zoo_spec_invalid",
    `${names.join(", ")} cannot share a runner: this zoo's pool of runners has no \`loadGroup\`. Take "group" from their lines of the zoo spec.`,
    { details: { models: names } },
  );
}

function inWords({ needs }: NeedyModel): string {
  return needsInWords(needs) || "nothing beyond the usual";
}
