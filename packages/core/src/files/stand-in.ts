import { open } from "node:fs/promises";
import { looksLikeText } from "./looks-like-text.ts";

/** What lies in the place of a file: something that was fetched instead of it, or nothing of it. */
export interface StandIn {
  readonly kind: "empty" | "git_lfs_pointer" | "web_page" | "server_message";
  /** The end of a sentence that begins with the file. */
  readonly problem: string;
  readonly remedy: string;
  /** Bytes of the true file, where a pointer promises them. */
  readonly promisedBytes?: number;
}

/** As much as the stand-ins that are known begin with. */
const headBytes = 512;

/**
 * Recognises a file that is not itself: an empty one, a git-lfs pointer, a web page, a hub's refusal in words.
 * @returns undefined for any other file
 * @throws what the operating system throws where it cannot be read
 */
export async function standInFor(path: string): Promise<StandIn | undefined> {
  const head = await headOf(path);
  if (head.length === 0)
    return { kind: "empty", problem: "is empty: it has 0 bytes", remedy: "Copy or fetch it again." };
  // No checkpoint's own file has so little before its first byte that is no text.
  if (!looksLikeText(head)) return undefined;
  const text = new TextDecoder().decode(head).trim();
  return pointer(text) ?? page(text) ?? refusal(text, head.length);
}

/** The first bytes of a file. */
export async function headOf(path: string): Promise<Uint8Array> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(new Uint8Array(headBytes), 0, headBytes, 0);
  return buffer.subarray(0, bytesRead);
}

function pointer(text: string): StandIn | undefined {
  if (!text.startsWith("version https://git-lfs.github.com/spec/")) return undefined;
  const size = Number(/^size (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
  const promised = Number.isFinite(size) ? `, which promises ${inUnits(size)}` : "";
  return {
    kind: "git_lfs_pointer",
    problem: `is a git-lfs pointer${promised}, and not the file itself`,
    remedy: "Fetch the file: run `git lfs install` and `git lfs pull` in the folder's repository.",
    ...(Number.isFinite(size) ? { promisedBytes: size } : {}),
  };
}

function page(text: string): StandIn | undefined {
  if (!/^(<!doctype html|<html|<head|<body|<\?xml|<!--)/i.test(text)) return undefined;
  const title = /<title[^>]*>\s*([^<]{1,80}?)\s*</i.exec(text)?.[1];
  return {
    kind: "web_page",
    problem: `is a web page${title === undefined ? "" : ` ("${title}")`}, and not the file itself`,
    remedy:
      "Fetch the file from its download link (on a hub, with /resolve/ in place of /blob/), logged in where it must be.",
  };
}

/** What hubs answer with, in plain text, where a file is not there or not free. */
function refusal(text: string, length: number): StandIn | undefined {
  if (length >= headBytes || text.includes("\n")) return undefined;
  if (!/^(entry not found|not found|404|invalid username or password|access to (model|dataset) )/i.test(text))
    return undefined;
  return {
    kind: "server_message",
    problem: `is what a server said instead of the file: "${text.slice(0, 120)}"`,
    remedy: "Fetch it again, by its right name, logged in where it must be.",
  };
}

/** Bytes for a person: 346 B, 12.3 kB, 599.5 MB. */
export function inUnits(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return power === 0 ? `${bytes} B` : `${(bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}
