import { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
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

/** The models of a zoo, as far as names are concerned. */
interface NamedModels {
  readonly entries: readonly { readonly spec: ModelSpec }[];
  has(name: string): boolean;
}

/**
 * What does not fit of the bindings in a zoo spec: a role that no model has, a model that is not there.
 * @throws `zoo_spec_invalid` for an alias that is a model's own name, or a role
 */
export function bindingProblems(
  { roles, aliases }: Pick<ZooSpec, "roles" | "aliases">,
  catalogue: NamedModels,
  file: string,
): ModelError[] {
  const known = [...new Set(catalogue.entries.map(({ spec }) => spec.role))];
  for (const alias of Object.keys(aliases))
    if (catalogue.has(alias) || known.includes(alias) || Object.hasOwn(roles, alias))
      throw new ModelError(
        "zoo_spec_invalid",
        `${file} has the alias "${alias}", which is ${catalogue.has(alias) ? "a model's own name" : "a role"}. Choose another name` +
          `${catalogue.has(alias) ? "." : `, or bind it under "roles".`}`,
        { details: { file, alias } },
      );
  const strange = Object.keys(roles).filter((role) => !known.includes(role));
  const missing = [...Object.entries(roles), ...Object.entries(aliases)].filter(([, model]) => !catalogue.has(model));
  return [
    ...strange.map(
      (role) =>
        new ModelError(
          "zoo_spec_invalid",
          `${file} binds the role "${role}", which none of the zoo's models has. ${didYouMean(role, known) || `A name of your own is an alias. Roles: ${known.join(", ")}.`}`,
          { details: { file, role, known } },
        ),
    ),
    ...missing.map(([name, model]) => unknownTarget(name, model, catalogue)),
  ];
}

/** The error for a name that is bound to a model which is not in the zoo. */
export function unknownTarget(name: string, model: string, catalogue: NamedModels): ModelError {
  const known = catalogue.entries.map(({ spec }) => spec.model_name);
  return new ModelError(
    "model_not_found",
    `"${name}" is bound to "${model}", which is not in the zoo. ${didYouMean(model, known) || "Bind it to another model."}`,
    { model, details: { name, known } },
  );
}
