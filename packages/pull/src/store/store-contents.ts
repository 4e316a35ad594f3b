import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { isAbsent, systemError } from "@menagerie/core";
import { type Store, storeFolder } from "./store.ts";

/** A file of a store, with the names that lead to it. */
export interface StoredFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Relative to the root, with forward slashes. */
  readonly names: readonly string[];
}

export interface StoreContents {
  readonly files: readonly StoredFile[];
  /** Files under the root that no pull has brought: somebody put them there. */
  readonly others: readonly { readonly path: string; readonly sizeBytes: number }[];
  /** What half pulls have left, in `.store/incoming`. */
  readonly incoming: readonly { readonly path: string; readonly sizeBytes: number; readonly changedMs: number }[];
}

/** Everything under the root of a store. What comes or goes meanwhile is left out. @throws `system_error` */
export async function storeContents(store: Store): Promise<StoreContents> {
  const entries = await readdir(store.root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw systemError(`The folder of models ${store.root} cannot be read`, error);
  });
  const found = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const place = join(entry.parentPath, entry.name);
        const info = await stat(place).catch(() => undefined);
        const path = relative(store.root, place).split(sep).join("/");
        return info === undefined ? [] : [{ path, info, inode: `${info.dev}:${info.ino}` }];
      }),
  );
  const all = found.flat();
  const blobs = all.filter(({ path }) => path.startsWith(`${storeFolder}/sha256/`));
  const byInode = new Map(blobs.map((blob) => [blob.inode, blob]));
  const outside = all.filter(({ path }) => !path.startsWith(`${storeFolder}/`));
  return {
    files: blobs
      .map(({ path, info, inode }) => ({
        sha256: path.split("/").at(-1) ?? "",
        sizeBytes: info.size,
        names: outside
          .filter((file) => file.inode === inode)
          .map((file) => file.path)
          .sort(),
      }))
      .sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1)),
    others: outside
      .filter(({ inode }) => !byInode.has(inode))
      .map(({ path, info }) => ({ path, sizeBytes: info.size })),
    incoming: all
      .filter(({ path }) => path.startsWith(`${storeFolder}/incoming/`))
      // A file that is not whole has holes: what counts is what it takes.
      .map(({ path, info }) => ({ path, sizeBytes: info.blocks * 512, changedMs: info.mtimeMs })),
  };
}
