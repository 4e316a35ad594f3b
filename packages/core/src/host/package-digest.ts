import { realpath } from "node:fs/promises";
import { folderDigest } from "../files/folder-digest.ts";

/** What lies in a package's folder and is none of its files. */
const notItsOwn = ["node_modules", ".git"];

/**
 * Digest over all files of an installed package as they lie there, whoever installed it: `folderDigest` of its folder without
 * the packages that are installed within it. @throws what reading it throws
 */
export async function packageDigest(dir: string): Promise<string> {
  const { sha256 } = await folderDigest(await realpath(dir), { except: notItsOwn });
  return `sha256:${sha256}`;
}
