import { lstat, readlink, stat } from "node:fs/promises";
import { isAbsent, ModelError } from "@menagerie/core";
import type { RemoteFile } from "../sources/source.ts";
import { digestsOf } from "../transfer/digests.ts";

/**
 * Whether the very file is in its place already, by itself or behind a link.
 * @returns false where nothing is there, or a folder
 * @throws `weights_digest_mismatch` where a file with other bytes is, `weights_missing` for a link that leads nowhere: both are somebody's
 */
export async function isInItsPlace(target: string, sha256: string): Promise<boolean> {
  const there = await lstat(target).catch(() => undefined);
  if (there === undefined || there.isDirectory()) return false;
  const digests = await digestsOf(target).catch(async (error: unknown) => {
    throw isAbsent(error) ? await leadsNowhere(target) : error;
  });
  if (digests.sha256 === sha256) return true;
  throw taken(target, sha256);
}

/**
 * Refuses a place that is taken before anything is fetched for it.
 * @param file what is to come; where nobody knows its digest, only its length tells
 * @throws as `isInItsPlace`
 */
export async function requireFree(target: string, file: RemoteFile, sha256: string | undefined): Promise<void> {
  const there = await lstat(target).catch(() => undefined);
  if (there === undefined || there.isDirectory()) return;
  const info = await stat(target).catch(async (error: unknown) => {
    throw isAbsent(error) ? await leadsNowhere(target) : error;
  });
  const expected = sha256 ?? file.digest?.hex;
  if (info.size === file.sizeBytes) {
    if (expected === undefined) return;
    // Another model that has the same file may have been pulled since the plan was made.
    const digests = await digestsOf(target);
    if ([digests.sha256, digests.gitSha1].includes(expected)) return;
  }
  throw taken(target, expected);
}

function taken(target: string, expected: string | undefined): ModelError {
  return new ModelError(
    "weights_digest_mismatch",
    `${target} is there already, with other bytes than those that are to come. Move it away, or replace it with --force.`,
    { details: { path: target, expected } },
  );
}

async function leadsNowhere(target: string): Promise<ModelError> {
  const to = await readlink(target).catch(() => "a place");
  return new ModelError(
    "weights_missing",
    `${target} is a link to ${to}, where nothing is. Mount what it leads to, remove the link, or replace it with --force.`,
    { details: { path: target, link: to } },
  );
}
