import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { ModelSpec } from "../model-spec.ts";

/** Folder of models where nobody names one: `${DP_MODELS_ROOT}`, else the user's data folder. */
export function defaultModelsRoot(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(
    env.DP_MODELS_ROOT ?? join(env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "menagerie", "models"),
  );
}

/** Folder of prepared forms; it may be deleted at any time. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env.MENAGERIE_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "menagerie"));
}

/** Absolute folder of a spec's artifacts: its own, relative to its file, else the zoo's. */
export function artifactsRoot(spec: ModelSpec, file: string, modelsRoot: string): string {
  if (spec.artifacts_root === undefined) return modelsRoot;
  return resolve(
    dirname(file),
    spec.artifacts_root.replaceAll(/\$\{DP_MODELS_ROOT\}/g, () => modelsRoot),
  );
}
