import { chmod, constants, lstat, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stampOf, VerifiedFile } from "../files/verified-file.ts";
import type { FormFile } from "../loader/prepared-form.ts";

type Files = Readonly<Record<string, FormFile>>;

/**
 * Makes every file of a folder read-only and takes its digest. What their maker left is not trusted to be files.
 * @throws Error naming an entry that is a link, a folder, or a file that has other names too
 */
export async function sealFiles(dir: string): Promise<Files> {
  const files: Record<string, FormFile> = {};
  for (const name of await readdir(dir)) {
    const path = join(dir, name);
    await using handle = await open(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    const info = await handle.stat();
    if (!info.isFile() || info.nlink > 1) throw new Error(`${name} is not a plain file of its own`);
    await handle.chmod(0o444);
    // A form whose bytes the disk never got must not be vouched for after the power went.
    await handle.sync().catch(() => {});
    using file = await VerifiedFile.open(path);
    files[name] = { sha256: file.sha256, bytes: info.size, stamp: file.stamp };
  }
  return files;
}

export async function sealFolder(dir: string): Promise<void> {
  await chmod(dir, 0o555);
}

/** Only its owner's permission to write to a folder lets it be moved, and the files in it be removed. */
export async function unsealFolder(dir: string): Promise<void> {
  const info = await lstat(dir).catch(absent);
  if (info?.isDirectory()) await chmod(dir, 0o755).catch(() => {});
}

/**
 * The files of a folder as they are now, if they are those of the manifest: the same names, and the same stamps or else
 * the same digests.
 * @returns undefined where they are not
 */
export async function fitsManifest(dir: string, expected: Files): Promise<Files | undefined> {
  const names = await readdir(dir).catch(absent);
  if (names === undefined || names.sort().join("\0") !== Object.keys(expected).sort().join("\0")) return undefined;
  const files: Record<string, FormFile> = {};
  for (const [name, file] of Object.entries(expected)) {
    const path = join(dir, name);
    const info = await lstat(path, { bigint: true }).catch(absent);
    if (info === undefined || !info.isFile() || Number(info.size) !== file.bytes) return undefined;
    const stamp = stampOf(info);
    if (stamp === file.stamp) files[name] = file;
    else {
      using found = await VerifiedFile.open(path);
      if (found.sha256 !== file.sha256) return undefined;
      files[name] = { ...file, stamp: found.stamp };
    }
  }
  return files;
}

/**
 * Makes a folder with those above it. Node's own way hides the reason (EROFS), and never ends where a parent lets nothing
 * be made in it, as `/proc` does (Node 24).
 */
export async function makeFolder(dir: string): Promise<void> {
  const failed = await mkdir(dir).catch((error: unknown) => error);
  if (failed === undefined) return;
  const info = await stat(dir).catch(() => undefined);
  if (info?.isDirectory()) return;
  if (errnoOf(failed) !== "ENOENT" || dirname(dir) === dir) throw failed;
  await makeFolder(dirname(dir));
  await mkdir(dir).catch((error: unknown) => {
    if (errnoOf(error) !== "EEXIST") throw error;
  });
}

/** Removes a folder with all that is in it, sealed or not, or a file; harmless where it is gone. `rm -r` fails at sealed ones. */
export async function removeFolder(dir: string): Promise<void> {
  await unseal(dir);
  await rm(dir, { recursive: true, force: true });
}

async function unseal(dir: string): Promise<void> {
  await unsealFolder(dir);
  // A link is removed, and what it leads to is left as it is.
  const info = await lstat(dir).catch(absent);
  if (!info?.isDirectory()) return;
  for (const entry of await readdir(dir, { withFileTypes: true }))
    if (entry.isDirectory()) await unseal(join(dir, entry.name));
}

function absent(error: unknown): undefined {
  if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
  throw error;
}

export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
