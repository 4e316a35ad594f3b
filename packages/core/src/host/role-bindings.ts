import { ModelError } from "../contract/model-error.ts";
import { didYouMean } from "../contract/schema-issue.ts";
import type { ZooSpec } from "./zoo-spec.ts";

/** Which model is meant by a role or an alias; a running zoo may move them. */
export class RoleBindings {
  readonly #models: Map<string, string>;

  constructor({ roles, aliases }: Pick<ZooSpec, "roles" | "aliases"> = { roles: {}, aliases: {} }) {
    this.#models = new Map([...Object.entries(roles), ...Object.entries(aliases)]);
  }

  /** The name of the model that this name stands for. */
  modelOf(name: string): string | undefined {
    return this.#models.get(name);
  }

  set(name: string, model: string): void {
    this.#models.set(name, model);
  }

  /** Model by role or alias. */
  toJSON(): Record<string, string> {
    return Object.fromEntries(this.#models);
  }
}

/** The error for a name that is bound to a model which is not in the zoo. @param known names of those that are */
export function unknownTarget(name: string, model: string, known: readonly string[]): ModelError {
  return new ModelError(
    "model_not_found",
    `"${name}" is bound to "${model}", which is not in the zoo. ${didYouMean(model, known) || "Bind it to another model."}`,
    { model, details: { name, known } },
  );
}
