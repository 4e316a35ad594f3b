import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { loaderName, type ModelSpec, parseModelSpecs } from "@menagerie/core";
import { adoptedSpec, CheckpointFolder } from "@menagerie/core/adopt";
import type { Plugin } from "@menagerie/core/loader";
import { parse } from "yaml";

/** A checkpoint that the plugin's own adopter makes a spec of, as `zoo adopt` would. */
export interface AdoptedModel {
  /** Name of the plugin's model that it is like. */
  readonly like: string;
  /** The checkpoint's folder, from that of the plugin's package.json. */
  readonly folder: string;
}

/** A spec with its digests, and the folder of its artifacts. */
export interface ModelInFolder {
  readonly spec: ModelSpec;
  readonly artifactsRoot: string;
}

/** @throws TypeError for a plugin that has no adopter under the loader's name */
export async function adoptedModel(
  { packageDir, plugin }: { readonly packageDir: string; readonly plugin: Plugin },
  { like: name, folder }: AdoptedModel,
): Promise<ModelInFolder> {
  const [like] = parseModelSpecs(parse(await readFile(join(packageDir, "models", `${name}.yaml`), "utf8")), name);
  const adopt = plugin.adopt?.[loaderName(like.loader).name];
  if (adopt === undefined) throw new TypeError(`${plugin.name} has no adopter "${like.loader}"`);
  const artifactsRoot = join(packageDir, folder);
  const adopted = await adopt(new CheckpointFolder(artifactsRoot), like);
  return { spec: adoptedSpec(adopted, like, basename(artifactsRoot)), artifactsRoot };
}
