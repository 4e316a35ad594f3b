import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { isModelError, type ModelSpec } from "@menagerie/core";
import { type LocalZoo, lockFileOf, type ZooOptions } from "@menagerie/core/host";
import { applicationDir, type GlobalFlags } from "./application.ts";

export interface ZooFlags extends GlobalFlags {
  readonly zoo?: string;
  readonly modelsRoot?: string;
}

/** What `--zoo` and `--models-root` mean: the zoo spec that is named, else ./zoo.yaml where there is one, and the lock beside it. */
export function zooOf(flags: ZooFlags): { readonly options: ZooOptions; readonly lockFile: string } {
  const standing = resolve(applicationDir(flags.app), "zoo.yaml");
  const named = flags.zoo === undefined ? (existsSync(standing) ? standing : undefined) : resolve(flags.zoo);
  const options = {
    ...(named === undefined ? {} : { specFile: named }),
    ...(flags.modelsRoot === undefined ? {} : { modelsRoot: resolve(flags.modelsRoot) }),
  };
  return { options, lockFile: lockFileOf(named ?? standing) };
}

/** The folder of a model's artifacts; undefined where nothing says which it is. */
export function rootOf(zoo: LocalZoo, spec: ModelSpec): string | undefined {
  try {
    return zoo.artifactsRoot(spec.model_name);
  } catch (error) {
    if (isModelError(error) && error.code === "system_error") return undefined;
    throw error;
  }
}
