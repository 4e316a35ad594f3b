import { ModelError, toModelError } from "../contract/model-error.ts";
import { unknownTarget } from "./role-bindings.ts";
import type { ZooMembers } from "./zoo-members.ts";

/** A model that the zoo should have as things stand, and has not. */
export interface LackingModel {
  readonly problem: ModelError;
  /** True where the zoo is unhealthy without it. */
  readonly required: boolean;
}

/** The required models that were removed, and the roles and aliases whose model is not in the zoo. */
export function lackingModels({ catalogue, own, lines }: ZooMembers): readonly LackingModel[] {
  const removed = [...own].filter(([name, { required }]) => required && !catalogue.has(name));
  const known = catalogue.entries.map(({ spec }) => spec.model_name);
  const bound = Object.entries(catalogue.bindings.toJSON()).filter(([, model]) => !catalogue.has(model));
  const boundNames = new Set(bound.map(([name]) => name));
  const unresolved = [...lines].filter(([name, { required }]) => required && !boundNames.has(name));
  return [
    ...removed.map(([name]) => ({ required: true, problem: removedError(name) })),
    ...bound.map(([name, model]) => ({
      required: lines.get(name)?.required === true,
      problem: unknownTarget(name, model, known),
    })),
    ...unresolved.flatMap(([name]) => {
      try {
        catalogue.find(name);
        return [];
      } catch (error) {
        return [{ required: true, problem: toModelError(error) }];
      }
    }),
  ];
}

function removedError(model: string): ModelError {
  return new ModelError("model_not_found", `${model} is required, and was removed from the zoo. Add it again.`, {
    model,
  });
}
