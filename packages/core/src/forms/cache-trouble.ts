import { statfs } from "node:fs/promises";
import { errnoOf } from "./form-files.ts";

/** Why forms cannot be kept, in words for a log. */
export interface CacheTrouble {
  /** Two troubles of one kind are told once. */
  readonly kind: string;
  readonly cause: string;
  readonly remedy: string;
}

/** Bytes below which a disk counts as full: a form that did not fit leaves fewer. */
const fullBelow = 1 << 20;

/**
 * What kept a form from being made or found. Engines tell of a full disk in words of their own, if at all, so the disk is
 * asked.
 */
export async function cacheTrouble(error: unknown, dir: string): Promise<CacheTrouble> {
  const code = errnoOf(error);
  const free = await statfs(dir).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );
  const elsewhere = "name another folder with MENAGERIE_CACHE or `cacheDir`";
  if (code === "ENOSPC" || code === "EDQUOT" || (free !== undefined && free < fullBelow))
    return {
      kind: "full",
      cause: `the disk of ${dir} is full (${Math.floor((free ?? 0) / 1e6)} MB free)`,
      remedy: `Free space, for example by \`zoo cache clean\`, or ${elsewhere}.`,
    };
  switch (code) {
    case "EROFS":
      return {
        kind: code,
        cause: `${dir} is on a read-only file system`,
        remedy: `Mount it writable, or ${elsewhere}.`,
      };
    case "EACCES":
    case "EPERM":
      return {
        kind: code,
        cause: `this user may not write to ${dir}`,
        remedy: `Change its permissions, or ${elsewhere}.`,
      };
    case "ENOTDIR":
    case "EEXIST":
      return {
        kind: code,
        cause: `${dir} cannot be made: something that is no folder stands on its path`,
        remedy: `Move it away, or ${elsewhere}.`,
      };
    case "ENOENT":
      return {
        kind: code,
        cause: `${dir} cannot be made, since nothing can be made in the folders above it`,
        remedy: `Make it, or ${elsewhere}.`,
      };
    case "EMFILE":
    case "ENFILE":
      return { kind: code, cause: "too many files are open", remedy: "Raise the limit of open files (ulimit -n)." };
    default: {
      const text = error instanceof Error ? error.message : String(error);
      const line = text.split("\n")[0] ?? "";
      return {
        kind: line,
        cause: line.length > 200 ? `${line.slice(0, 200)}…` : line,
        remedy: "Later loads take the longer way too, until it is made again.",
      };
    }
  }
}
