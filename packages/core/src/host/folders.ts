import { lstatSync, mkdirSync, type Stats, statSync } from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import { isAbsent } from "../contract/system-error.ts";

/**
 * Folder of models where nobody names one: `${DP_MODELS_ROOT}`, else the user's data folder; undefined for a user without
 * either, which is an error only once a model needs it.
 */
export function defaultModelsRoot(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = given(env.DP_MODELS_ROOT);
  if (named !== undefined) return resolve(named);
  const home = homeFolder(env);
  const data = absolute(env.XDG_DATA_HOME) ?? (home === undefined ? undefined : join(home, ".local", "share"));
  return data === undefined ? undefined : join(data, "menagerie", "models");
}

/**
 * Folder of prepared forms; it may be deleted at any time. A user without a home has one of their own among the temporary
 * files. @throws `system_error` where somebody else has made that one
 */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env, temporary: string = tmpdir()): string {
  const named = given(env.MENAGERIE_CACHE);
  if (named !== undefined) return resolve(named);
  const home = homeFolder(env);
  const cache = absolute(env.XDG_CACHE_HOME) ?? (home === undefined ? undefined : join(home, ".cache"));
  return cache === undefined ? ownTemporaryFolder(temporary) : join(cache, "menagerie");
}

/**
 * Absolute folder of a spec's artifacts: its own, relative to its file, else the zoo's.
 * @throws `system_error` where the spec needs the zoo's and nothing says where that is
 */
export function artifactsRoot(spec: ModelSpec, file: string, modelsRoot: string | undefined): string {
  const own = spec.artifacts_root;
  if (modelsRoot !== undefined) {
    return own === undefined
      ? modelsRoot
      : resolve(
          dirname(file),
          own.replaceAll(/\$\{DP_MODELS_ROOT\}/g, () => modelsRoot),
        );
  }
  if (own === undefined ? spec.local_artifacts.length === 0 : !/\$\{DP_MODELS_ROOT\}/.test(own))
    return resolve(dirname(file), own ?? ".");
  throw new ModelError(
    "system_error",
    `${spec.model_name}: the folder of models is not known, since this user has no home folder. ` +
      "Name it with --models-root, DP_MODELS_ROOT, or models_root of the zoo spec.",
    { model: spec.model_name },
  );
}

/** A variable that is set to nothing says nothing. */
function given(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value;
}

/** The XDG folders count only where they are absolute, as their specification says. */
function absolute(value: string | undefined): string | undefined {
  const folder = given(value);
  return folder !== undefined && isAbsolute(folder) ? folder : undefined;
}

/** Undefined where there is none that means anything: containers give "/", "/nonexistent", or a user that no passwd has. */
function homeFolder(env: NodeJS.ProcessEnv): string | undefined {
  try {
    const home = env === process.env ? homedir() : (env.HOME ?? userInfo().homedir);
    return isAbsolute(home) && dirname(home) !== home && statSync(home).isDirectory() ? home : undefined;
  } catch {
    return undefined;
  }
}

/** Others may write beside it, so it counts only where it is this user's own and nobody else may write into it. */
function ownTemporaryFolder(temporary: string): string {
  const uid = process.getuid?.();
  const folder = join(temporary, uid === undefined ? "menagerie" : `menagerie-${uid}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // It is there already, or cannot be made: the first load that needs it says why.
  }
  const info = lstatOrUndefined(folder);
  const isOwn =
    info === undefined ||
    (info.isDirectory() && (uid === undefined || (info.uid === uid && (info.mode & 0o022) === 0)));
  if (isOwn) return folder;
  throw new ModelError(
    "system_error",
    `${folder} would be the cache of a user without a home folder, but it belongs to somebody else or others may write into it. ` +
      "Remove it, or name another folder with MENAGERIE_CACHE.",
    { details: { folder, uid: info.uid, mode: info.mode } },
  );
}

function lstatOrUndefined(file: string): Stats | undefined {
  try {
    return lstatSync(file);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
