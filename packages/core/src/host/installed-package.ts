import { access, readFile, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { ModelError } from "../contract/model-error.ts";
import { describeIssues, plainWords } from "../contract/schema-issue.ts";
import { isAbsent, systemError } from "../contract/system-error.ts";

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

/** @throws `plugin_invalid` if the folder has none, or one that is damaged; `system_error` where it may not be read */
export async function readPackageJson(dir: string): Promise<PackageJson> {
  return parsePackageJson(await readJson(join(dir, "package.json")), dir);
}

export function parsePackageJson(json: Readonly<Record<string, unknown>> | undefined, dir: string): PackageJson {
  const result = packageJsonSchema.safeParse(json, { error: plainWords });
  if (result.success) return result.data;
  const file = join(dir, "package.json");
  const problems = json === undefined ? ["it is not there"] : describeIssues(packageJsonSchema, result.error);
  throw new ModelError("plugin_invalid", `${file} is not valid: ${problems.join("; ")}.`, {
    details: { file, problems },
  });
}

/** @returns undefined where the file is not there @throws `system_error` where it may not be read, `plugin_invalid` where it is damaged */
export async function readJson(file: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const details = { file };
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    if (isAbsent(cause)) return undefined;
    throw systemError(`${file} cannot be read`, cause, { code: "plugin_invalid", details });
  });
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    // npm reads a file that begins with a byte order mark, so it is no damage.
    json = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    const said = (cause as Error).message;
    throw new ModelError("plugin_invalid", `${file} is damaged: ${said}. Correct it.`, { details, cause });
  }
  if (isRecord(json)) return json;
  throw new ModelError("plugin_invalid", `${file} is damaged: it holds no object. Correct it.`, { details });
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Folder of an installed package, found as Node finds it: from the real folder of the package that asks, so that in a
 * linked layout its own dependencies are found and not those beside the link. A path stands for itself.
 * @param from folder of the package that asks
 * @returns undefined if it is not installed
 * @throws what a folder on the way refuses
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
      if (await hasPackageJson(candidate, name)) return candidate;
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

/** Only what is not there is looked for further up; what may not be reached could be the one that is meant. */
async function hasPackageJson(dir: string, name: string): Promise<boolean> {
  const file = join(dir, "package.json");
  return access(file).then(
    () => true,
    (cause: unknown) => {
      if (isAbsent(cause)) return false;
      throw systemError(`${name}: ${file} cannot be read`, cause, { code: "plugin_invalid", details: { file } });
    },
  );
}
