import { join, resolve } from "node:path";
import { readModelSpec } from "@menagerie/core/host";

/** A spec of a plugin, and the folder of its artifacts. */
export async function specIn(packageDir, model) {
  const folder = join(packageDir, "models");
  const spec = await readModelSpec(join(folder, `${model}.yaml`), model);
  return { spec, artifactsRoot: resolve(folder, spec.artifacts_root ?? "..") };
}
