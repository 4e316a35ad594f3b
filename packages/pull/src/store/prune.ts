import { lstat, rm, rmdir } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { systemError } from "@menagerie/core";
import { HeldLock } from "./held-lock.ts";
import type { Store } from "./store.ts";
import { type StoreContents, storeContents } from "./store-contents.ts";

/** What nobody needs of a store. */
export interface Prunable {
  /** Names that no spec and no lock has; the files of others are never among them. */
  readonly names: readonly string[];
  /** Digests of files that no name is left of. */
  readonly files: readonly string[];
  /** What half pulls have left that nobody goes on with. */
  readonly incoming: readonly string[];
  /** Bytes that are free when they are gone. */
  readonly freedBytes: number;
}

/** Milliseconds after which a half pull counts as given up: a week. */
export const abandonedPullMs: number = 7 * 86_400_000;

/**
 * What may go: names that nobody has, files without names, and half pulls that were given up.
 * @param kept paths in the root that specs and locks of all zoos name
 */
export function prunable(contents: StoreContents, kept: ReadonlySet<string>, now: number = Date.now()): Prunable {
  // "./a//b" in a lock is "a/b" in the folder.
  const own = new Set([...kept].map((path) => posix.normalize(path)));
  const names = contents.files.flatMap((file) => file.names.filter((name) => !own.has(name))).sort();
  const gone = new Set(names);
  const files = contents.files.filter((file) => file.names.every((name) => gone.has(name)));
  const incoming = contents.incoming.filter(({ changedMs }) => now - changedMs > abandonedPullMs);
  const bytes = (items: readonly { readonly sizeBytes: number }[]): number =>
    items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    names,
    files: files.map(({ sha256 }) => sha256),
    incoming: incoming.map(({ path }) => path),
    freedBytes: bytes(files) + bytes(incoming),
  };
}

/** Removes what may go. What has got a name meanwhile stays. @throws `system_error` */
export async function prune(store: Store, { names, files, incoming }: Prunable): Promise<void> {
  for (const name of names) await removeName(store, name);
  for (const sha256 of files) await removeUnnamed(store, sha256);
  for (const path of incoming) await removed(join(store.root, path));
}

/** Removes a name of the store, and the folders that are empty then. What it led to stays for its other names. */
export async function removeName(store: Store, path: string): Promise<void> {
  const target = await store.target(path);
  await removed(target);
  for (let folder = dirname(target); folder !== store.root; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      // Something else lies in it.
      return;
    }
  }
}

/** Removes a file that no name leads to. @returns bytes that are free now */
export async function removeUnnamed(store: Store, sha256: string): Promise<number> {
  const path = store.blob(sha256);
  await using _ = await HeldLock.take(join(store.incoming, `${sha256}.lock`), undefined, () => {});
  const info = await lstat(path).catch(() => undefined);
  if (info === undefined || (info.nlink > 1 && (await hasNames(store, sha256)))) return 0;
  await removed(path);
  return info.size;
}

async function hasNames(store: Store, sha256: string): Promise<boolean> {
  const { files } = await storeContents(store);
  return files.some((file) => file.sha256 === sha256 && file.names.length > 0);
}

async function removed(path: string): Promise<void> {
  await rm(path, { force: true }).catch((error: unknown) => {
    throw systemError(`${path} cannot be removed`, error);
  });
}
