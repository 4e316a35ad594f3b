import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { ModelSpec } from "../model-spec.ts";

/** Folder of models where nobody names one: `${DP_MODELS_ROOT}`, else the user's data folder. */
export function defaultModelsRoot(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(
    env.DP_MODELS_ROOT ?? join(env.XDG_DATA_HOME ?? join(home() ?? "/", ".local", "share"), "menagerie", "models"),
  );
}

/** Folder of prepared forms; it may be deleted at any time. Undefined for a user without a home who names none. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.MENAGERIE_CACHE) return resolve(env.MENAGERIE_CACHE);
  const caches = env.XDG_CACHE_HOME || (home() && join(home() as string, ".cache"));
  return caches ? resolve(join(caches, "menagerie")) : undefined;
}

/** The user's folder; undefined where the system knows none, as for a user id without an entry in a container. */
function home(): string | undefined {
  try {
    return homedir() || undefined;
  } catch {
    return undefined;
  }
}

/** Absolute folder of a spec's artifacts: its own, relative to its file, else the zoo's. */
export function artifactsRoot(spec: ModelSpec, file: string, modelsRoot: string): string {
  if (spec.artifacts_root === undefined) return modelsRoot;
  return resolve(
    dirname(file),
    spec.artifacts_root.replaceAll(/\$\{DP_MODELS_ROOT\}/g, () => modelsRoot),
  );
}
