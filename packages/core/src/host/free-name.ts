import { ModelError } from "../contract/model-error.ts";
import type { Catalogue } from "./catalogue.ts";

/**
 * Holds that a model which comes to a running zoo takes no name that means another model there: a model's own name goes before
 * roles and aliases, so whoever asks by those would be answered by the newcomer.
 * @throws `model_duplicate`
 */
export function requireFreeName(catalogue: Catalogue, name: string): void {
  // One that is replaced has its name already.
  if (catalogue.has(name)) return;
  const bound = catalogue.bindings.modelOf(name);
  const bearers = catalogue.entries.filter(({ spec }) => spec.role === name).map(({ spec }) => spec.model_name);
  if (bound === undefined && bearers.length === 0) return;
  const kind = bearers.length > 0 ? "a role" : "an alias";
  const means =
    bound === undefined ? `which ${bearers.join(", ")} ${bearers.length === 1 ? "has" : "have"}` : `bound to ${bound}`;
  throw new ModelError(
    "model_duplicate",
    `"${name}" is ${kind} in the zoo, ${means}; a model of that name would take its place. ` +
      `Give the model another name, and bind "${name}" to it where it is meant to answer.`,
    { model: name, details: { name, means: bound === undefined ? bearers : [bound] } },
  );
}
