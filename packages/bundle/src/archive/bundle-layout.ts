/**
 * A bundle is a tar archive: `zoo.lock` first, then `zoo.yaml` where there is a zoo spec, then the files of the models under `models/`, each
 * by the path that its spec gives it. It has no times and no owners in it: the same models make the same bytes.
 */
export const lockEntry = "zoo.lock";
export const specEntry = "zoo.yaml";
const modelsFolder = "models/";

export function entryOf(path: string): string {
  return `${modelsFolder}${path}`;
}

/** Path of a model's file by its entry; undefined for any other entry. */
export function pathIn(entry: string): string | undefined {
  return entry.startsWith(modelsFolder) ? entry.slice(modelsFolder.length) : undefined;
}

/** Nobody's lock or spec is longer, in bytes. */
export const longestText = 64e6;
