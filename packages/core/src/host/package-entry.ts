import { realpath, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { ModelError } from "../contract/model-error.ts";
import { isAbsent, systemError } from "../contract/system-error.ts";
import { exportsTarget } from "./exports-target.ts";

export interface EntryWanted {
  /** Folder of the package, wherever it is linked. */
  readonly dir: string;
  readonly name: string;
  /** What its package.json holds under `exports`; one without any has its `main`. */
  readonly exports: unknown;
  /** "/loaders"; "" for the package itself. */
  readonly subpath: string;
}

/**
 * The file that importing a package would run. Nothing is run to find it.
 * @throws `plugin_invalid` where the exports give nothing to `import`, `dependency_missing` where the file is not there
 */
export async function packageEntry(wanted: EntryWanted): Promise<string> {
  const { dir, name, exports, subpath } = wanted;
  const details = { package: name, subpath: `.${subpath}`, folder: dir };
  const target = exports === undefined || exports === null ? mainOf(wanted) : exported(wanted, details);
  try {
    if ((await stat(target)).isFile()) return await realpath(target);
  } catch (cause) {
    if (!isAbsent(cause))
      throw systemError(`${name}${subpath} cannot be read`, cause, { code: "plugin_invalid", details });
  }
  throw new ModelError(
    "dependency_missing",
    `${name}${subpath} is not built, or not wholly installed: ${target} is no file. Build it, or install it: npm install ${name}`,
    { details: { ...details, file: target } },
  );
}

function exported({ dir, name, exports, subpath }: EntryWanted, details: Readonly<Record<string, unknown>>): string {
  const file = join(dir, "package.json");
  let target: string | undefined;
  try {
    target = exportsTarget(exports, `.${subpath}`, importConditions());
  } catch (cause) {
    const { message } = cause as Error;
    throw new ModelError("plugin_invalid", `${name} cannot be imported: ${message}. Correct ${file}.`, {
      details,
      cause,
    });
  }
  if (target !== undefined) return fileURLToPath(new URL(target, pathToFileURL(join(dir, "/"))));
  throw new ModelError(
    "plugin_invalid",
    `The "exports" of ${name} have no ".${subpath}" that can be imported. Write it into ${file}: ` +
      `"exports": { ".${subpath}": "./FILE.js" }, or under the condition "import" or "default".`,
    { details },
  );
}

/** As Node finds it: `main` with or without its ending, else the index. Where there is none, the folder stands for it. */
function mainOf({ dir, subpath }: EntryWanted): string {
  const place = join(dir, subpath);
  try {
    return createRequire(join(dir, "package.json")).resolve(place);
  } catch {
    return place;
  }
}

/** What Node's own `import` goes by, in this process: its flags may add conditions. */
function importConditions(): Set<string> {
  const { conditions = [] } = parseArgs({
    args: [...(process.env.NODE_OPTIONS?.split(/\s+/) ?? []), ...process.execArgv],
    options: { conditions: { type: "string", multiple: true, short: "C" } },
    strict: false,
  }).values;
  const added = Array.isArray(conditions) ? conditions.filter((condition) => typeof condition === "string") : [];
  return new Set(["node", "import", "module-sync", "node-addons", ...added]);
}
