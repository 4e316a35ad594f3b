import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { checkOf, type JsonSchema } from "../contract/json-schema.ts";
import { ModelError, toModelError } from "../contract/model-error.ts";
import { isAbsent, systemError } from "../contract/system-error.ts";
import { manifestOf } from "./declared-engine.ts";
import type { PluginPackage } from "./discovery.ts";
import { findPackage, isRecord, parsePackageJson, readJson } from "./installed-package.ts";

/** What a kit says of one modality. */
export interface Modality {
  readonly kit: string;
  readonly schema: JsonSchema;
  readonly check: z.ZodType;
}

/** By name; of the plugin itself, of the kits it depends on, and of those that these depend on. */
export async function modalitiesOf(plugin: PluginPackage): Promise<Map<string, Modality>> {
  const found = new Map<string, Modality>();
  const seen = new Set<string>();
  let wave = [plugin.dir];
  while (wave.length > 0) {
    const read = await Promise.all(wave.map((dir) => kitIn(dir, plugin)));
    // What stands nearer to the plugin describes a modality that a kit further off describes too.
    const nearer = new Set(found.keys());
    for (const { name: kit, parts } of read)
      for (const [modality, part] of parts) {
        if (nearer.has(modality)) continue;
        const other = found.get(modality);
        // Two copies of one kit are one kit: which of them a runner gets, its packages say.
        if (other?.kit === kit) continue;
        if (other !== undefined) throw twoKits(plugin.name, modality, other.kit, kit);
        found.set(modality, { kit, ...part });
      }
    const next = new Set(read.flatMap(({ needs }) => needs).filter((dir) => !seen.has(dir)));
    for (const dir of next) seen.add(dir);
    wave = [...next];
  }
  return found;
}

function twoKits(plugin: string, modality: string, one: string, other: string): ModelError {
  return new ModelError(
    "plugin_invalid",
    `${one} and ${other}, which ${plugin} depends on, both describe "preprocessing.${modality}". Depend on one of them.`,
    { details: { plugin, modality, kits: [one, other] } },
  );
}

interface KitInFolder {
  readonly name: string;
  readonly parts: readonly (readonly [string, Omit<Modality, "kit">])[];
  /** Folders of the packages it depends on which have to do with zoos. */
  readonly needs: readonly string[];
}

async function kitIn(dir: string, plugin: PluginPackage): Promise<KitInFolder> {
  const file = await readJson(join(dir, "package.json"));
  // An application need not have a name, nor a package.json.
  const json = parsePackageJson(dir === plugin.dir ? { name: plugin.name, ...file } : file, dir);
  // The plugin's own manifest has been judged already.
  const manifest = dir === plugin.dir ? plugin.manifest : manifestOf(file ?? {}, dir);
  const parts = Object.entries(manifest?.kit?.preprocessing ?? {}).map(
    async ([modality, path]) => [modality, await readSchema(join(dir, path), `${json.name}, ${path}`)] as const,
  );
  const names = Object.keys({ ...json.dependencies, ...json.peerDependencies, ...json.optionalDependencies });
  const needs = manifest === undefined ? [] : names.map((name) => folderOfKit(name, dir));
  return {
    name: json.name,
    parts: await Promise.all(parts),
    needs: (await Promise.all(needs)).filter((folder) => folder !== undefined),
  };
}

/** Where a package lies that a kit could be. What may not be read, a load tells of. */
async function folderOfKit(name: string, from: string): Promise<string | undefined> {
  try {
    const dir = await findPackage(name, from);
    const json = dir === undefined ? undefined : await readJson(join(dir, "package.json"));
    if (dir === undefined || !isRecord(json?.menagerie) || json.menagerie.kit === undefined) return undefined;
    return await realpath(dir);
  } catch {
    return undefined;
  }
}

const known = new Map<string, { readonly text: string; readonly part: Omit<Modality, "kit"> }>();

async function readSchema(file: string, where: string): Promise<Omit<Modality, "kit">> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    if (!isAbsent(cause))
      throw systemError(`${where} cannot be read`, cause, { code: "plugin_invalid", details: { file } });
    throw new ModelError("plugin_invalid", `${where} is not there, though the package's menagerie.kit names it.`, {
      details: { file },
      cause,
    });
  });
  const before = known.get(file);
  if (before?.text === text) return before.part;
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (cause) {
    throw toModelError(new Error(`${where} is no JSON: ${(cause as Error).message}`), "plugin_invalid");
  }
  if (!isRecord(schema)) throw new ModelError("plugin_invalid", `${where} holds no schema.`, { details: { file } });
  const part = { schema, check: checkOf(schema, where) };
  known.set(file, { text, part });
  return part;
}
