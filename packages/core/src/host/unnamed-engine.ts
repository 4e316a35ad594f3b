import { join } from "node:path";
import { isModelError, ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import { manifestOf } from "./declared-engine.ts";
import { findPackage, isRecord, readJson } from "./installed-package.ts";

/**
 * The error with a better remedy, where the engine that a spec asks for is that of a dependency which the plugin does not
 * name among its engines. @param dir folder of the plugin's package
 */
export async function aboutUnnamedEngine(
  error: unknown,
  spec: ModelSpec,
  plugin: string,
  dir: string,
): Promise<unknown> {
  if (!isModelError(error) || error.code !== "unsupported_engine" || error.details.engine === undefined) return error;
  const engine = await dependencyWith(spec.engine, dir);
  if (engine === undefined) return error;
  return new ModelError(
    "unsupported_engine",
    `${spec.model_name} has engine "${spec.engine}", which is that of ${engine}, a dependency that ${plugin} does not name ` +
      `among its engines. Write into its package.json: "menagerie": { "engines": ["${engine}"] }`,
    { model: spec.model_name, details: { ...error.details, package: engine } },
  );
}

/** What cannot be read has no engine that anybody could name. */
async function dependencyWith(word: string, dir: string): Promise<string | undefined> {
  const json = await readJson(join(dir, "package.json")).catch(() => undefined);
  const kinds = [json?.dependencies, json?.peerDependencies, json?.optionalDependencies];
  for (const name of kinds.flatMap((kind) => (isRecord(kind) ? Object.keys(kind) : []))) {
    try {
      const folder = await findPackage(name, dir);
      const manifest = folder === undefined ? undefined : await readJson(join(folder, "package.json"));
      const engine = folder === undefined ? undefined : manifestOf(manifest ?? {}, folder)?.engine;
      if (engine !== undefined && (engine.name === word || engine.takes.includes(word))) return name;
    } catch {
      // The next one may be it.
    }
  }
  return undefined;
}
