import { access, readFile, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { ModelError } from "../model-error.ts";

/** What is read of a package's package.json. */
export interface PackageJson {
  readonly name: string;
  readonly version: string;
  /** By npm name; only the names are read. */
  readonly dependencies: Readonly<Record<string, unknown>>;
  readonly devDependencies: Readonly<Record<string, unknown>>;
  readonly optionalDependencies: Readonly<Record<string, unknown>>;
  readonly peerDependencies: Readonly<Record<string, unknown>>;
  readonly menagerie?: unknown;
}

// Some old packages write a list where names and ranges belong: it stands for none.
const names = z.record(z.string(), z.unknown()).catch({});
const packageJsonSchema: z.ZodType<PackageJson> = z.object({
  name: z.string(),
  version: z.string().default("0.0.0"),
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
  menagerie: z.unknown().optional(),
});

/** @throws `plugin_invalid` if the folder has none, or one that cannot be read */
export async function readPackageJson(dir: string): Promise<PackageJson> {
  const file = join(dir, "package.json");
  try {
    return packageJsonSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    throw new ModelError("plugin_invalid", `${file} cannot be read as a package.json.`, { details: { file }, cause });
  }
}

/**
 * Folder of an installed package, found as Node finds it: from the real folder of the package that asks, so that in a
 * linked layout its own dependencies are found and not those beside the link. A path stands for itself.
 * @param from folder of the package that asks
 * @returns undefined if it is not installed
 */
export async function findPackage(name: string, from: string): Promise<string | undefined> {
  if (name.startsWith(".") || isAbsolute(name)) return resolve(from, name);
  const start = resolve(from);
  const real = await realpath(start).catch(() => start);
  // What a linked package leaves to the application, its engine perhaps, is installed where the link is.
  return (await findUpwards(name, real)) ?? (real === start ? undefined : findUpwards(name, start));
}

async function findUpwards(name: string, from: string): Promise<string | undefined> {
  for (let dir = from; ; dir = dirname(dir)) {
    // A folder `node_modules` has none of its own.
    if (basename(dir) !== "node_modules") {
      const candidate = join(dir, "node_modules", name);
      if (await hasPackageJson(candidate)) return candidate;
    }
    if (dirname(dir) === dir) return undefined;
  }
}

/** Folder of the package of that name that a file of it lies in; undefined if there is none above the file. */
export async function packageAround(file: string, name: string): Promise<string | undefined> {
  for (let dir = dirname(resolve(file)); ; dir = dirname(dir)) {
    const json = await readPackageJson(dir).catch(() => undefined);
    if (json?.name === name) return dir;
    if (dirname(dir) === dir) return undefined;
  }
}

async function hasPackageJson(dir: string): Promise<boolean> {
  return access(join(dir, "package.json")).then(
    () => true,
    () => false,
  );
}
