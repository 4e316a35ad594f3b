import { cp, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelError } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";

/** What becomes of a file: another text (of one character a byte, so that graphs can be changed too), other keys of its JSON, other bytes, or nothing. */
export type FileChange = ((text: string) => string) | Readonly<Record<string, unknown>> | Uint8Array | undefined;

/**
 * What adopting a copy of a checkpoint says in which some files are changed.
 * @param changes by the file's path in the folder; objects are merged key by key
 * @returns the error, or undefined where it is adopted all the same
 */
export async function refusalOfChanged(
  checkpoint: string,
  changes: Readonly<Record<string, FileChange>>,
  adopt: (folder: CheckpointFolder) => Promise<unknown>,
): Promise<ModelError | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-changed-"));
  try {
    await cp(await realpath(checkpoint), folder, { recursive: true });
    for (const [file, change] of Object.entries(changes)) await apply(join(folder, file), change);
    return await adopt(new CheckpointFolder(folder)).then(
      () => undefined,
      (thrown: ModelError) => thrown,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function apply(path: string, change: FileChange): Promise<void> {
  if (change === undefined) return rm(path);
  if (change instanceof Uint8Array) return writeFile(path, change);
  const text = await readFile(path, "latin1");
  if (typeof change === "function") return writeFile(path, change(text), "latin1");
  const whole: unknown = JSON.parse(Buffer.from(text, "latin1").toString("utf8"));
  return writeFile(path, JSON.stringify(merged(whole, change)));
}

function merged(old: unknown, change: unknown): unknown {
  if (!isRecord(old) || !isRecord(change)) return change;
  const changed = Object.entries(change).map(([key, value]) => [key, merged(old[key], value)]);
  return { ...old, ...Object.fromEntries(changed) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
