import { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { LockedPlugin, ZooLock } from "./zoo-lock.ts";

/** Whether `MENAGERIE_FROZEN` says that zoos are frozen. @throws `zoo_spec_invalid` for a value that says neither */
export function isFrozenBy(env: NodeJS.ProcessEnv): boolean {
  const said = (env.MENAGERIE_FROZEN ?? "").trim().toLowerCase();
  if (["", "0", "false", "no"].includes(said)) return false;
  if (["1", "true", "yes"].includes(said)) return true;
  throw new ModelError(
    "zoo_spec_invalid",
    `MENAGERIE_FROZEN is "${said.slice(0, 40)}", which says neither 1 (nothing outside of the lock) nor 0.`,
    { details: { variable: "MENAGERIE_FROZEN" } },
  );
}

/** A zoo's lock, and that nothing outside of it is served. */
export interface FrozenLock {
  readonly lock: ZooLock;
  /** Where it lies, for messages. */
  readonly file: string;
}

/**
 * Holds a spec that was resolved to the lock: the model is there, with all of its artifacts.
 * @throws `outside_lock`
 */
export function requireLockedModel({ lock, file }: FrozenLock, spec: ModelSpec): void {
  const { model_name: model } = spec;
  const locked = lock.models.find((each) => each.model === model);
  if (locked === undefined)
    throw outside(
      model,
      file,
      `it is not in ${file}`,
      `Where it is meant to be there, unfreeze and pin it: \`zoo pull ${model}\`, then \`zoo lock ${model}\`.`,
      {},
    );
  for (const { name, path, sha256 } of spec.local_artifacts) {
    const known = locked.artifacts.find((each) => each.name === name);
    if (known !== undefined && known.path === path && known.sha256 === sha256) continue;
    const is = known === undefined ? "not in" : `${known.path} in`;
    const remedy = `Where the spec is right, lock it anew: \`zoo lock ${model} --update\`.`;
    const details = { artifact: name, path, locked: known?.path };
    throw outside(model, file, `its artifact "${name}" is ${path} in its spec, and ${is} ${file}`, remedy, details);
  }
}

/**
 * Holds an installed package that runs a model to the lock: the same version, and the same files.
 * @throws `outside_lock`
 */
export function requireLockedPlugin({ lock, file }: FrozenLock, installed: LockedPlugin, model: string): void {
  const { plugin, version, digest } = installed;
  const locked = lock.plugins.find((each) => each.plugin === plugin);
  const update = `\`zoo lock ${model} --update\``;
  if (locked === undefined)
    throw outside(
      model,
      file,
      `${plugin}, which runs it, is not in ${file}`,
      `Lock it without --frozen: \`zoo lock ${model}\`.`,
      { plugin },
    );
  const isSame = locked.version === version && locked.digest === digest;
  if (isSame) return;
  const difference =
    locked.version !== version
      ? `${plugin} is installed in version ${version}, and locked in ${locked.version}`
      : `${plugin} ${version} has other files than those that were locked: ${digest ?? "given in code"}, locked is ${locked.digest ?? "one given in code"}`;
  const remedy = `Install ${plugin}@${locked.version} (npm ci); where the change is meant, lock it: ${update}.`;
  throw outside(model, file, difference, remedy, { plugin, expected: { ...locked }, actual: { ...installed } });
}

function outside(
  model: string,
  file: string,
  what: string,
  remedy: string,
  details: Readonly<Record<string, unknown>>,
): ModelError {
  const message = `${model}: the zoo is frozen, and ${what}. ${remedy}`;
  return new ModelError("outside_lock", message, { model, details: { ...details, lock: file } });
}
