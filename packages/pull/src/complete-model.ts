import { stat } from "node:fs/promises";
import { isAbsent, type ModelSpec } from "@menagerie/core";
import type { PulledModel } from "./pull-model.ts";
import type { Store } from "./store/store.ts";

/**
 * What is in place of a model whose every file is pinned and there, byte by byte: nothing needs to be fetched or asked of anybody.
 * @returns undefined where something is missing, open or other
 */
export async function completeModel(spec: ModelSpec, store: Store): Promise<PulledModel | undefined> {
  const artifacts: PulledModel["artifacts"][number][] = [];
  for (const { name, path, sha256, kind } of spec.local_artifacts) {
    if (kind === "dir" || sha256 === undefined) return undefined;
    const target = await store.target(path);
    const info = await stat(target).catch((error: unknown) => {
      if (isAbsent(error)) return undefined;
      throw error;
    });
    if (info?.isFile() !== true || (await store.digestInPlace(path)) !== sha256) return undefined;
    artifacts.push({ name, path, sha256, size_bytes: info.size, from: "present" });
  }
  const { repository = "", revision } = spec.origin ?? {};
  return {
    model: spec.model_name,
    origin: { repository, ...(revision === undefined ? {} : { revision }) },
    licence: spec.licence.id,
    artifacts,
  };
}
