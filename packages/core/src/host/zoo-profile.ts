import { ModelError } from "../contract/model-error.ts";
import { nearest } from "../contract/schema-issue.ts";
import type { ZooSpec } from "./zoo-spec.ts";

/** The profile that `MENAGERIE_PROFILE` names; undefined where it names none. */
export function profileBy(env: NodeJS.ProcessEnv): string | undefined {
  const named = env.MENAGERIE_PROFILE?.trim();
  return named === "" ? undefined : named;
}

/**
 * The spec as one of its profiles has it: a map (budgets, roles, aliases) key by key, all else whole. Without a name, as it is.
 * @throws `zoo_spec_invalid` for a profile that it does not have
 */
export function inProfile(spec: ZooSpec, name: string | undefined, where: string): ZooSpec {
  if (name === undefined) return spec;
  const profile = Object.hasOwn(spec.profiles, name) ? spec.profiles[name] : undefined;
  if (profile === undefined) throw unknownProfile(name, Object.keys(spec.profiles), where);
  const said = Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined));
  return {
    ...spec,
    ...said,
    memory_mb: { ...spec.memory_mb, ...profile.memory_mb },
    memory_reserve_mb: { ...spec.memory_reserve_mb, ...profile.memory_reserve_mb },
    roles: { ...spec.roles, ...profile.roles },
    aliases: { ...spec.aliases, ...profile.aliases },
  };
}

function unknownProfile(name: string, known: readonly string[], where: string): ModelError {
  const near = nearest(name, known);
  const hint =
    near !== undefined
      ? `Did you mean "${near}"?`
      : known.length > 0
        ? `There are: ${known.join(", ")}.`
        : 'It has none: write them under "profiles", or name none (--profile, MENAGERIE_PROFILE).';
  return new ModelError("zoo_spec_invalid", `${where} has no profile "${name.slice(0, 100)}". ${hint}`, {
    details: { profile: name.slice(0, 100), known },
  });
}
