import { createHash } from "node:crypto";
import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { ModelError } from "../contract/model-error.ts";
import { type DigestFile, digestsOf, type OnBytes } from "./file-digests.ts";
import { type FileStamp, type KnownDigest, stampOf, VerifiedFile } from "./verified-file.ts";

/** Files looked at, or read, at the same time. */
const atATime = 16;

/** One file of a folder. */
export interface FolderEntry {
  /** Relative to the folder, with forward slashes. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
  readonly stamp: FileStamp;
}

export interface FolderDigest extends KnownDigest {
  readonly bytes: number;
}

export interface FolderDigestOptions {
  /** Folder that no link may lead out of; default: the folder itself. */
  readonly root?: string | undefined;
  /** What was known of the folder before: it is not read again while every file has its stamp. */
  readonly known?: KnownDigest | undefined;
  /** Names of files and folders that do not count, wherever they are in it. */
  readonly except?: readonly string[] | undefined;
  readonly digest?: DigestFile | undefined;
  readonly onBytes?: OnBytes | undefined;
}

/**
 * Digest of all that a folder holds: sha256 of a line "path NUL size NUL sha256 LF" for each file, in the order of the code
 * units of their paths. Empty folders, times and permissions do not count, as those who copy folders lose them. A link to a
 * file stands for the file.
 * @throws `artifact_outside_root` for a link that leaves the root; `weights_unreadable` for a link to a folder, a socket and their
 * like; `weights_digest_mismatch` where it changes while it is read; the system's errors
 */
export async function folderDigest(folder: string, options: FolderDigestOptions = {}): Promise<FolderDigest> {
  const { root = folder, except = [], known, digest = digestsOf, onBytes } = options;
  const entries = await folderEntries(folder, root, except);
  const stamp = folderStamp(entries);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (known?.stamp === stamp) return { stamp, sha256: known.sha256, bytes };
  const manifest = createHash("sha256");
  const lineOf = async ({ name, path, bytes: size }: FolderEntry): Promise<string> => {
    using file = await VerifiedFile.open(path, { digest, onBytes });
    return `${name}\0${size}\0${file.sha256}\n`;
  };
  for (let i = 0; i < entries.length; i += atATime)
    for (const line of await Promise.all(entries.slice(i, i + atATime).map(lineOf))) manifest.update(line);
  const after = folderStamp(await folderEntries(folder, root, except));
  if (after !== stamp) throw folderChanged(folder);
  return { stamp, sha256: manifest.digest("hex"), bytes };
}

/** Whether a folder still holds the very files that it held. @throws `weights_digest_mismatch` */
export async function assertFolderUnchanged(folder: string, root: string, stamp: FileStamp): Promise<void> {
  const now = await folderEntries(folder, root).then(folderStamp, () => "gone");
  if (now !== stamp) throw folderChanged(folder);
}

/** Every file of a folder, in the order of the digest. */
export async function folderEntries(
  folder: string,
  root: string = folder,
  except: readonly string[] = [],
): Promise<readonly FolderEntry[]> {
  const realRoot = await realpath(root);
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  const isCounted = ({ parentPath, name }: Dirent): boolean =>
    except.length === 0 ||
    !relative(folder, join(parentPath, name))
      .split(sep)
      .some((part) => except.includes(part));
  const entries = all.filter((entry) => !entry.isDirectory() && isCounted(entry));
  const found: FolderEntry[] = [];
  for (let i = 0; i < entries.length; i += atATime)
    found.push(...(await Promise.all(entries.slice(i, i + atATime).map((entry) => entryOf(entry, folder, realRoot)))));
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function entryOf(entry: Dirent, folder: string, realRoot: string): Promise<FolderEntry> {
  const path = join(entry.parentPath, entry.name);
  const name = relative(folder, path).split(sep).join("/");
  if (entry.isSymbolicLink()) await assertInside(path, name, realRoot);
  const info = await stat(path, { bigint: true });
  if (info.isFile()) return { name, path, bytes: Number(info.size), stamp: stampOf(info) };
  throw new ModelError(
    "weights_unreadable",
    `${path} is ${info.isDirectory() ? "a link to a folder" : "no regular file"}, whose bytes cannot be pinned. ` +
      "Put the files themselves in its place (cp -rL).",
    { details: { path } },
  );
}

function folderStamp(entries: readonly FolderEntry[]): FileStamp {
  const lines = createHash("sha256");
  for (const { name, stamp } of entries) lines.update(`${name}\0${stamp}\n`);
  return lines.digest("hex");
}

async function assertInside(link: string, name: string, realRoot: string): Promise<void> {
  const target = await realpath(link);
  const inside = relative(realRoot, target);
  if (inside !== ".." && !inside.startsWith(`..${sep}`) && inside !== target) return;
  throw new ModelError(
    "artifact_outside_root",
    `${name} is a link to ${target}, which lies outside of ${realRoot}. Put the file itself in its place (cp -L).`,
    { details: { path: link, target, root: realRoot } },
  );
}

function folderChanged(folder: string): ModelError {
  return new ModelError(
    "weights_digest_mismatch",
    `${folder} was changed while it was being read. Load the model again once nobody writes to it.`,
    { details: { path: folder } },
  );
}
