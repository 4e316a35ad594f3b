import { join } from "node:path";
import { nearest } from "../contract/schema-issue.ts";
import { findPackage, isRecord, readJson } from "./installed-package.ts";

/** What to do about a package that is not there: the installed dependency that was meant, else the command that installs it. */
export async function installRemedy(name: string, folders: readonly string[]): Promise<string> {
  for (const folder of folders) {
    const near = nearest(name, await dependenciesOf(folder));
    const dir = near === undefined ? undefined : await findPackage(near, folder).catch(() => undefined);
    if (dir !== undefined) return `Did you mean "${near}", which is installed?`;
  }
  return `Install it: npm install ${name}`;
}

/** None where the folder has no package.json that can be read: another error tells of that. */
async function dependenciesOf(folder: string): Promise<string[]> {
  const json = await readJson(join(folder, "package.json")).catch(() => undefined);
  const kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"].map(
    (kind) => json?.[kind],
  );
  return kinds.flatMap((kind) => (isRecord(kind) ? Object.keys(kind) : []));
}
