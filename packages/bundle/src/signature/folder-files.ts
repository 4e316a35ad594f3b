import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { ModelError } from "@menagerie/core";
import { type HashType, hashAlgorithms, type SignedFile } from "./signed-manifest.ts";

export interface FolderOptions {
  readonly hashType: HashType;
  /** Whether links are followed; one that is met is refused otherwise. */
  readonly allowSymlinks: boolean;
  /** Files and folders to leave out, relative, with forward slashes. */
  readonly ignorePaths: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** Told of the bytes that were read. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** Files that are hashed at the same time. */
const atATime = 4;

/**
 * Every file below a folder with its digest.
 * @throws `weights_unreadable` for a link where none is allowed, and for what is neither a file nor a folder
 */
export async function folderFiles(folder: string, options: FolderOptions): Promise<readonly SignedFile[]> {
  const names = await filesBelow(folder, "", options);
  const files: SignedFile[] = new Array(names.length);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let place = next++; place < names.length; place = next++) {
      const name = names[place] as string;
      files[place] = { name, digest: await fileDigest(join(folder, name), options) };
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return files;
}

/** Lower-case hexadecimal digest of a file. */
export async function fileDigest(
  path: string,
  { hashType, signal, onBytes }: Pick<FolderOptions, "hashType" | "signal" | "onBytes">,
): Promise<string> {
  const hash = createHash(hashAlgorithms[hashType]);
  const bytes = createReadStream(path, { highWaterMark: 1 << 20, ...(signal === undefined ? {} : { signal }) });
  for await (const chunk of bytes) {
    hash.update(chunk as Buffer);
    onBytes?.((chunk as Buffer).byteLength);
  }
  return hash.digest("hex");
}

async function filesBelow(folder: string, at: string, options: FolderOptions): Promise<readonly string[]> {
  const found: string[] = [];
  const entries = await readdir(join(folder, at), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = posix.join(at, entry.name);
    if (options.ignorePaths.includes(name)) continue;
    if (entry.isSymbolicLink() && !options.allowSymlinks) throw unfit(folder, name, "a link, and links are not signed");
    const info = entry.isSymbolicLink() ? await stat(join(folder, name)) : entry;
    if (info.isDirectory()) found.push(...(await filesBelow(folder, name, options)));
    else if (info.isFile()) found.push(name);
    else throw unfit(folder, name, "neither a file nor a folder");
  }
  return found;
}

function unfit(folder: string, name: string, what: string): ModelError {
  return new ModelError(
    "weights_unreadable",
    `${join(folder, name)} is ${what}. Remove it, or leave it out with --ignore.`,
    {
      details: { folder, name },
    },
  );
}
