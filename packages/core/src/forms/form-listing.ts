import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FormSubject } from "../loader/prepared-form.ts";
import { FormCache } from "./form-cache.ts";
import { removeFolder } from "./form-files.ts";

export interface ListedForm extends FormSubject {
  readonly key: string;
  readonly bytes: number;
  /** ISO 8601; loads within a minute of each other count as one. */
  readonly made_at: string;
  readonly last_use: string;
}

export interface FormListing {
  readonly cache_dir: string;
  /** The one that was used last comes first. */
  readonly forms: readonly ListedForm[];
  /** What is no form that a load would find: drafts, and what ended processes have left. */
  readonly leftovers: readonly { readonly path: string; readonly bytes: number }[];
  readonly total_bytes: number;
}

/** What the cache folder holds; an empty listing for one that is not there. */
export async function listForms(cacheDir: string): Promise<FormListing> {
  const cache = new FormCache(cacheDir);
  const forms = (await cache.manifests()).map(({ key, about, files, made_at, lastUse }) => ({
    key,
    ...about,
    bytes: Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0),
    made_at,
    last_use: lastUse.toISOString(),
  }));
  const leftovers: { path: string; bytes: number }[] = [];
  for (const path of await cache.leftovers(true)) leftovers.push({ path, bytes: await bytesIn(path) });
  return {
    cache_dir: cacheDir,
    forms: forms.sort((a, b) => (a.last_use < b.last_use ? 1 : -1)),
    leftovers,
    total_bytes: [...forms, ...leftovers].reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

export interface CleanOptions {
  /** Version of each engine that is installed here; forms of another version of one of them go. */
  readonly engines: Readonly<Record<string, string>>;
  /** Milliseconds; forms that were not used for longer go. */
  readonly unusedMs: number;
  /** Everything goes, also what another process is making at this moment. */
  readonly all?: boolean;
}

export interface Cleaned {
  readonly cache_dir: string;
  readonly removed: readonly ListedForm[];
  readonly removed_leftovers: readonly string[];
  readonly freed_bytes: number;
}

/** Removes the forms that nothing here would use, and what ended processes have left. A model in use keeps its bytes. */
export async function cleanForms(cacheDir: string, { engines, unusedMs, all = false }: CleanOptions): Promise<Cleaned> {
  const cache = new FormCache(cacheDir);
  const { forms, leftovers } = await listForms(cacheDir);
  const now = Date.now();
  const removed = forms.filter(({ engine, engine_version, last_use }) => {
    const isOther = engines[engine] !== undefined && engines[engine] !== engine_version;
    return all || isOther || now - Date.parse(last_use) > unusedMs;
  });
  const folders = new Map((await cache.manifests()).map(({ key, folder }) => [key, folder]));
  for (const { key } of removed) await cache.remove(key, folders.get(key));
  const gone = new Set(await cache.leftovers(all));
  for (const path of gone) await removeFolder(path);
  return {
    cache_dir: cacheDir,
    removed,
    removed_leftovers: [...gone],
    freed_bytes: [...removed, ...leftovers.filter(({ path }) => gone.has(path))].reduce(
      (sum, { bytes }) => sum + bytes,
      0,
    ),
  };
}

async function bytesIn(path: string): Promise<number> {
  const info = await lstat(path).catch(() => undefined);
  if (info === undefined) return 0;
  if (!info.isDirectory()) return info.size;
  const names = await readdir(path).catch(() => []);
  return (await Promise.all(names.map((name) => bytesIn(join(path, name))))).reduce((sum, bytes) => sum + bytes, 0);
}
