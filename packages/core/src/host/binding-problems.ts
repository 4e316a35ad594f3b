import { ModelError } from "../contract/model-error.ts";
import { didYouMean } from "../contract/schema-issue.ts";
import type { Catalogue } from "./catalogue.ts";
import type { ZooSpec } from "./zoo-spec.ts";

/**
 * The roles that a zoo spec binds and no model has. Which of the models are not there changes: `lackingModels` says it.
 * @throws `zoo_spec_invalid` for an alias that is a model's own name, or a role
 */
export function bindingProblems(
  { roles, aliases }: Pick<ZooSpec, "roles" | "aliases">,
  catalogue: Catalogue,
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
  return strange.map(
    (role) =>
      new ModelError(
        "zoo_spec_invalid",
        `${file} binds the role "${role}", which none of the zoo's models has. ${didYouMean(role, known) || `A name of your own is an alias. Roles: ${known.join(", ")}.`}`,
        { details: { file, role, known } },
      ),
  );
}
