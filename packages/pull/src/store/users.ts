import { createHash, randomUUID } from "node:crypto";

import { access, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isAbsent, ModelError, systemError } from "@menagerie/core";
import { makeFolder } from "./make-folder.ts";
import { type Store, storeFolder } from "./store.ts";

/** Notes in a store that a zoo uses it, so that nobody prunes what its lock names. @param lock path of its lock file */
export async function noteUser(store: Store, lock: string): Promise<void> {
  const folder = usersFolder(store);
  const path = resolve(lock);
  const file = join(folder, `${createHash("sha256").update(path).digest("hex").slice(0, 32)}.json`);
  const beside = `${file}.${randomUUID()}.new`;
  try {
    await makeFolder(folder);
    await writeFile(beside, `${JSON.stringify({ lock: path })}\n`);
    await rename(beside, file);
  } catch (error) {
    throw systemError(`${file} cannot be written`, error);
  }
}

/**
 * Notes it of a zoo that has found its files there. One who may not write to a store prunes it not either, and where no pull has brought
 * anything there is nothing to prune: neither is an error.
 */
export async function noteUserOfPresent(store: Store, lock: string): Promise<void> {
  const isStore = await access(join(store.root, storeFolder)).then(
    () => true,
    () => false,
  );
  if (isStore) await noteUser(store, lock).catch(() => {});
}

/** The lock files of all zoos that have pulled into a store, whether they are still there or not. @throws `system_error` */
export async function usersOf(store: Store): Promise<string[]> {
  const folder = usersFolder(store);
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (isAbsent(error)) return [];
    throw systemError(`${folder} cannot be read`, error);
  });
  const locks = await Promise.all(
    names
      .filter((name) => name.endsWith(".json"))
      .map(async (name) => {
        const lock = lockIn(await readFile(join(folder, name), "utf8").catch(() => ""));
        if (lock === undefined) throw damaged(join(folder, name));
        return lock;
      }),
  );
  return locks.sort();
}

function lockIn(note: string): string | undefined {
  try {
    const { lock } = JSON.parse(note) as { lock?: unknown };
    return typeof lock === "string" ? lock : undefined;
  } catch {
    return undefined;
  }
}

/** What that zoo needs is not known, so nothing may go. */
function damaged(file: string): ModelError {
  return new ModelError(
    "system_error",
    `${file}, which says which zoo uses this folder of models, cannot be read. Remove it, and pull or lock that zoo again, which writes it anew.`,
    { details: { file } },
  );
}

function usersFolder(store: Store): string {
  return join(store.root, storeFolder, "zoos");
}
