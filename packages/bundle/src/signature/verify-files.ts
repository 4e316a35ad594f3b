import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { type FolderOptions, fileDigest, folderFiles } from "./folder-files.ts";
import { signatureError } from "./signature-error.ts";
import type { SignedManifest } from "./signed-manifest.ts";

/** What differs between a folder and what was signed of it; all empty where nothing does. */
export interface FolderDifference {
  readonly changed: readonly string[];
  readonly missing: readonly string[];
  /** Files that were not signed. */
  readonly unsigned: readonly string[];
}

/**
 * Compares a folder with what was signed of it, as `model_signing verify` does.
 * @param ignorePaths files to leave out besides those that were left out when it was signed: the signature's own
 */
export async function compareFolder(
  folder: string,
  { files, ...signed }: SignedManifest,
  { ignorePaths, ...options }: Pick<FolderOptions, "ignorePaths" | "signal" | "onBytes">,
): Promise<FolderDifference> {
  const found = await folderFiles(folder, {
    ...signed,
    ...options,
    ignorePaths: [...signed.ignorePaths, ...ignorePaths],
  });
  const digests = new Map(found.map(({ name, digest }) => [name, digest]));
  const names = new Set(files.map(({ name }) => name));
  return {
    changed: files
      .filter(({ name, digest }) => digests.has(name) && digests.get(name) !== digest)
      .map(({ name }) => name),
    missing: files.filter(({ name }) => !digests.has(name)).map(({ name }) => name),
    unsigned: found.filter(({ name }) => !names.has(name)).map(({ name }) => name),
  };
}

/** @throws `signature_invalid` that names the first few files of each kind */
export function assertSame(folder: string, difference: FolderDifference): void {
  const kinds = [
    ["changed since", difference.changed],
    ["missing", difference.missing],
    ["not signed", difference.unsigned],
  ] as const;
  const said = kinds
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${some(names)} ${isAre(names)} ${what}`);
  if (said.length > 0) throw signatureError(`in ${folder} ${said.join("; ")}`, { folder, ...difference });
}

/**
 * That certain files of a folder are those that were signed; others may be missing, as where only some of a repository was fetched.
 * @param names relative to the folder, with forward slashes
 * @throws `signature_invalid`
 */
export async function assertSignedFiles(
  folder: string,
  names: readonly string[],
  { files, hashType }: SignedManifest,
  options: Pick<FolderOptions, "signal" | "onBytes"> = {},
): Promise<void> {
  const signed = new Map(files.map(({ name, digest }) => [name, digest]));
  const changed: string[] = [];
  const missing: string[] = [];
  for (const name of names.filter((each) => signed.has(each))) {
    const path = join(folder, name);
    if ((await lstat(path).catch(() => undefined)) === undefined) missing.push(name);
    else if ((await fileDigest(path, { hashType, ...options })) !== signed.get(name)) changed.push(name);
  }
  assertSame(folder, { changed, missing, unsigned: names.filter((name) => !signed.has(name)) });
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length <= 3 ? shown : `${shown} and ${names.length - 3} more`;
}

function isAre(names: readonly string[]): string {
  return names.length === 1 ? "is" : "are";
}
