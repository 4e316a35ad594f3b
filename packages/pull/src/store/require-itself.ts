import { ModelError } from "@menagerie/core";
import { standInFor } from "@menagerie/core/loader";
import type { RemoteFile } from "../sources/source.ts";

/**
 * Refuses what came instead of a file: a git-lfs pointer, and where nobody knows the file's digest, a web page or a server's words.
 * @throws `source_not_found`
 */
export async function requireItself(
  { path, digest }: RemoteFile,
  arrived: string,
  { what, sha256 }: { readonly what: string; readonly sha256?: string | undefined },
): Promise<void> {
  const instead = await standInFor(arrived);
  if (instead === undefined) return;
  const isDeclared = digest !== undefined || sha256 !== undefined || /\.(xml|x?html?|svg)$/i.test(path);
  if (instead.kind !== "git_lfs_pointer" && isDeclared) return;
  const clone = instead.kind === "git_lfs_pointer" ? " Then pull with --from file:///FOLDER." : "";
  throw new ModelError(
    "source_not_found",
    `${what} ${instead.problem}. It was thrown away. ${instead.remedy}${clone}`,
    { details: { path, found: instead.kind } },
  );
}
